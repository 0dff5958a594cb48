// From the start of a container's first process to its end, and again if it is to be started again.
#include "monitor/files.h"
#include "monitor/monitor.h"
#include "monitor/status.h"

namespace gantry {
namespace {

// Docker's exit codes for a container that could not be started.
i64 codeOf(const Failure& failure) {
  if (failure.operation != Operation::Execute) return 128;
  return failure.error == ENOENT ? 127 : 126;
}

void runQuietly(Monitor& m, Section section, i32* firstError) {
  Child none;
  Run run = runSection(m.program, section, m.slots, none);
  if (run.outcome == Outcome::Failed && firstError && !*firstError) *firstError = run.failure.error;
  m.slots.closeFree();
}

void clearAlarms(Monitor& m) {
  constexpr Alarm kOfOneLife[] = {Alarm::Timeout, Alarm::Grace, Alarm::Restart, Alarm::Freeze, Alarm::Oom, Alarm::State};
  for (Alarm alarm : kOfOneLife) m.alarms.clear(alarm);
}

// What is decided when a life is over: true when there will be another one.
bool decideRestart(Monitor& m, i64 ranNs) {
  Life& life = m.life;
  if (life.restartWanted) {
    m.restart.count = 0;
    m.restart.delayNs = 0;
    return true;
  }
  if (life.endWanted || life.timedOut || !life.everStarted || !m.restart.wants(life.exitCode)) return false;
  (void)m.restart.nextDelay(ranNs);
  ++m.restart.count;
  return true;
}

void restartOrFinish(Monitor& m, bool again) {
  if (!again) return finish(m);
  bool now = m.life.restartWanted;
  // The clone of the old root would keep its layers in use while they are mounted again.
  m.slots.set(slot::kRootMount, -1);
  m.life.status = Status::Restarting;
  writeState(m);
  m.waiters.answer(Waiters::Stop, m.clients);
  runQuietly(m, Section::Stopped, nullptr);
  if (now)
    startContainer(m, {});
  else
    m.alarms.setIn(Alarm::Restart, m.restart.delayNs);
}

void started(Monitor& m, const Requester& who) {
  Life& life = m.life;
  bool first = !life.everStarted;
  life.startedSteady = steadyClock();
  life.startedAtNs = wallClock();
  life.status = Status::Running;
  life.everStarted = true;
  life.atBarrier = false;
  life.exitCode = life.signal = life.finishedAtNs = life.oomReported = 0;
  life.oomKilled = life.killedByUs = life.timedOut = life.stoppedByUser = life.endWanted = life.restartWanted = false;
  m.slots.closeFree();
  bool mayStartAgain = m.restart.kind != RestartPolicy::No || !m.settings.endsWithOwner;
  m.streams.launched(m.slots, life.child.terminal, mayStartAgain);
  startHealth(m);

  // The state is on the disk before anyone hears of the start. One that will be deleted at the end is for those who list what runs: a job
  // that is over before they can look never writes it.
  if (m.settings.stateGoes)
    m.alarms.setIn(Alarm::State, 10 * kMillisecond);
  else
    writeState(m);
  MsgStarted message{life.child.pid, life.startedAtNs, m.restart.count};
  m.clients.reply(who, message, m.settings.pumped ? -1 : m.streams.terminal());
  m.clients.news(message, who);
  m.journal.append("start", life.startedAtNs);

  if (m.settings.timeoutMs) m.alarms.set(Alarm::Timeout, life.startedSteady + static_cast<i64>(m.settings.timeoutMs) * kMillisecond);
  m.cgroup.watchMemory(m.loop, first);
  // Out of the cgroups of whoever started us. It can take ten milliseconds, so nobody waits for it.
  if (first && m.settings.home)
    for (char* const* file = m.settings.home; *file; ++file) (void)writeSmall(*file, "0");
}

void launchFailed(Monitor& m, const Requester& who, const Failure& failure) {
  Life& life = m.life;
  life.failure = failure;
  life.child = Child{};
  life.atBarrier = false;
  life.exitCode = codeOf(failure);
  life.signal = 0;
  life.finishedAtNs = wallClock();
  m.slots.closeFree();
  if (m.settings.pumped)
    for (i64 i = slot::kStdin; i <= slot::kStderr; ++i) m.slots.set(i, -1);
  m.streams.finish();
  MsgFailed message{static_cast<i64>(failure.section), failure.index, static_cast<i64>(failure.operation), failure.error};
  m.clients.reply(who, message);
  m.clients.news(message, who);
  life.restartWanted = false;
  restartOrFinish(m, decideRestart(m, 0));
}

}  // namespace

void startContainer(Monitor& m, const Requester& who) {
  Life& life = m.life;
  if (life.status != Status::Created && life.status != Status::Restarting) return m.clients.refuse(who, life.status == Status::Exited ? ESHUTDOWN : EALREADY);
  m.alarms.clear(Alarm::Restart);
  life.failure = Failure{};
  Run run;
  if (life.atBarrier) {
    run = resume(m.program, Section::Setup, life.barrier, m.slots, life.child);
  } else if (i64 room = m.settings.pumped && !life.everStarted ? reserveState(m) : 0; room < 0) {
    run.outcome = Outcome::Failed;
    run.failure = {Section::Setup, 0, Operation{}, static_cast<i32>(-room)};
  } else if (i64 ready = m.streams.prepare(m.slots); ready < 0) {
    run.outcome = Outcome::Failed;
    run.failure = {Section::Setup, 0, Operation{}, static_cast<i32>(-ready)};
  } else {
    run = runSection(m.program, Section::Setup, m.slots, life.child);
  }
  switch (run.outcome) {
    case Outcome::Done: return started(m, who);
    case Outcome::Launching: return;  // of launchSection only
    case Outcome::Failed: return launchFailed(m, who, run.failure);
    case Outcome::AtBarrier:
      life.atBarrier = true;
      life.barrier = run;
      writeState(m);
      return m.clients.done(who, life.child.pid);
  }
}

void containerEnded(Monitor& m, i32 status, const rusage& usage) {
  Life& life = m.life;
  i64 ran = life.everStarted ? steadyClock() - life.startedSteady : 0;
  life.finishedAtNs = wallClock();
  ExitStatus end = decode(status);
  life.exitCode = end.exitCode;
  life.signal = end.signal;
  life.child = Child{};
  bool wasStarted = !life.atBarrier;
  life.atBarrier = life.freezing = false;
  clearAlarms(m);
  // In a pid namespace of its own everything has died with its first process.
  if (!m.settings.ownPids) m.cgroup.kill();
  m.streams.finish();
  // A shell whose child was killed for memory ends by itself, with the child's 137: that is a lack of memory all the same.
  if (end.exitCode != 0 && !life.killedByUs) life.oomKilled = m.cgroup.oomKills() > 0;
  if (m.settings.oomEvents[0]) reportOom(m);
  bool again = wasStarted && decideRestart(m, ran);
  life.status = again ? Status::Restarting : Status::Exited;

  // Who hears of the end of a container and looks must not see it running. The end of a job is waited for, and nobody looks there.
  if (m.settings.pumped) writeState(m);
  m.clients.settleMissed();
  m.clients.news(MsgExited{
      .exitCode = life.exitCode,
      .signal = life.signal,
      .oomKilled = life.oomKilled,
      .timedOut = life.timedOut,
      .startedAtNs = life.startedAtNs,
      .finishedAtNs = life.finishedAtNs,
      .cpuUserUs = usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec,
      .cpuSystemUs = usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec,
      .maxRssBytes = usage.ru_maxrss * 1024,
      .willRestart = again,
      .restartCount = m.restart.count,
      .durationNs = ran,
  });

  m.executes.killAll();
  stopHealth(m);
  m.cgroup.forgetMemory(m.loop);
  m.waiters.answer(Waiters::Pause, m.clients, ESRCH);
  if (wasStarted) {
    Line<96> more;
    more << "\"exitCode\":\"" << life.exitCode << '"';
    if (life.signal) more << ",\"signal\":\"" << life.signal << '"';
    m.journal.append("die", life.finishedAtNs, more.text());
  }
  restartOrFinish(m, again);
}

void finish(Monitor& m) {
  if (m.leaving) return;
  m.leaving = true;
  m.life.status = Status::Exited;
  clearAlarms(m);
  stopHealth(m);
  if (!m.settings.stateGoes) writeState(m);
  m.waiters.answer(Waiters::Stop, m.clients);
  m.waiters.answer(Waiters::Pause, m.clients, ESRCH);
  i32 error = 0;
  runQuietly(m, Section::Stopped, &error);
  runQuietly(m, Section::Teardown, &error);
  m.executes.closeAll(m.clients);
  m.clients.news(MsgGone{error});
}

}  // namespace gantry
