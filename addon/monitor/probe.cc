// Runs health probes, and draws Docker's conclusions from them.
#include "monitor/monitor.h"
#include "monitor/status.h"
#include "sys/text.h"

namespace gantry {
namespace {

ProbeResult kept[Health::kKept];

void schedule(Monitor& m) {
  const Settings& s = m.settings;
  bool starting = m.health.status == Health::Starting && s.startPeriodMs > 0 &&
                  steadyClock() - m.life.startedSteady < static_cast<i64>(s.startPeriodMs) * kMillisecond;
  m.alarms.setIn(Alarm::Probe, static_cast<i64>(starting ? s.startIntervalMs : s.intervalMs) * kMillisecond);
}

void closeOutput(Monitor& m) {
  if (!m.health.output) return;
  m.loop.remove(m.health.output.get());
  m.health.output.reset();
}

void say(ProbeResult& result, const char* text) {
  result.size = strlen(text) < ProbeResult::kMostOutput ? strlen(text) : ProbeResult::kMostOutput;
  memcpy(result.output, text, result.size);
}

// What an unhealthy container comes to, as it was configured.
void act(Monitor& m) {
  switch (m.settings.onUnhealthy) {
    case Settings::Kill: return killContainer(m);
    case Settings::Restart:
    case Settings::Stop:
      stopContainer(m, {}, {0, -1, m.settings.onUnhealthy == Settings::Restart});
      m.life.stoppedByUser = false;
      return;
    default: return;
  }
}

void conclude(Monitor& m, i64 exitCode) {
  Health& health = m.health;
  ProbeResult& result = Health::result(health.results);
  result.exitCode = exitCode;
  result.endNs = wallClock();
  ++health.results;
  Health::Status before = health.status;
  u32 streak = health.failingStreak;
  if (exitCode == 0) {
    health.failingStreak = 0;
    health.status = Health::Healthy;
  } else {
    bool forgiven = health.status == Health::Starting &&
                    result.startNs - m.life.startedAtNs < static_cast<i64>(m.settings.startPeriodMs) * kMillisecond;
    if (!forgiven && ++health.failingStreak >= m.settings.retries) health.status = Health::Unhealthy;
  }
  schedule(m);
  writeState(m);
  if (health.status != before) {
    Line<64> action, more;
    action << "health_status: " << health.word();
    more << "\"health_status\":\"" << health.word() << '"';
    m.journal.append(action.text(), result.endNs, more.text());
  }
  if (health.status != before || health.failingStreak != streak) m.clients.news(MsgHealth{health.status, health.failingStreak});
  if (health.status != before && health.status == Health::Unhealthy) act(m);
}

void couldNotRun(Monitor& m, const Failure& failure) {
  m.health.child = Child{};
  Line<96> text;
  text << "the probe could not be run: operation " << static_cast<u32>(failure.operation) << " failed with errno " << failure.error;
  say(Health::result(m.health.results), text.text());
  conclude(m, -1);
}

// False when its launch has failed: then all is said of it.
bool settleLaunch(Monitor& m) {
  Child& child = m.health.child;
  i32 sync = child.sync.get();
  m.loop.remove(sync);
  Run run = proceed(Section::ProbeChild, child);
  if (run.outcome == Outcome::Launching) (void)m.loop.add(sync, kReadable | kPeerClosed, Source::ProbeLaunch);
  if (run.outcome != Outcome::Failed) return true;
  closeOutput(m);
  m.alarms.clear(Alarm::ProbeTimeout);
  if (m.health.discarded)
    child = Child{};
  else
    couldNotRun(m, run.failure);
  return false;
}

}  // namespace

void probeProceeds(Monitor& m) {
  if (m.health.child.sync) (void)settleLaunch(m);
}

// The container may have stopped it in its launch.
void urgeProbe(Monitor& m) {
  if (m.health.child.sync) sys::attempt(__NR_pidfd_send_signal, m.health.child.pidfd.get(), SIGCONT, nullptr, 0);
}

ProbeResult& Health::result(u32 number) { return kept[number % kKept]; }

void startHealth(Monitor& m) {
  if (!m.settings.hasProbe) return;
  m.health.status = Health::Starting;
  m.health.failingStreak = 0;
  schedule(m);
}

void stopHealth(Monitor& m) {
  m.alarms.clear(Alarm::Probe);
  m.alarms.clear(Alarm::ProbeTimeout);
  closeOutput(m);
  if (!m.health.running()) return;
  m.health.discarded = true;
  sys::attempt(__NR_pidfd_send_signal, m.health.child.pidfd.get(), SIGKILL, nullptr, 0);
}

void startProbe(Monitor& m) {
  Health& health = m.health;
  // One at a time, and none while the container cannot answer.
  if (m.life.status != Status::Running || m.life.freezing || health.running()) return schedule(m);
  ProbeResult& result = Health::result(health.results);
  result.startNs = wallClock();
  result.size = 0;
  health.timedOut = health.discarded = false;
  i32 ends[2];
  if (sys::call(__NR_pipe2, ends, O_CLOEXEC) < 0) return schedule(m);
  health.output.reset(ends[0]);
  sys::attempt(__NR_fcntl, ends[0], F_SETFL, O_NONBLOCK);
  m.visitors.set(slot::kStdout, ends[1]);
  m.visitors.set(slot::kStderr, sys::call(__NR_fcntl, ends[1], F_DUPFD_CLOEXEC, 3));
  prepareVisitor(m);
  Run run = launchSection(m.program, m.settings.probe, m.visitors, health.child);
  forgetVisitor(m);
  if (run.outcome != Outcome::Launching) {
    health.output.reset();
    return couldNotRun(m, run.failure);
  }
  (void)m.loop.add(health.child.sync.get(), kReadable | kPeerClosed, Source::ProbeLaunch);
  (void)m.loop.add(health.output.get(), kReadable, Source::Probe);
  m.alarms.setIn(Alarm::ProbeTimeout, static_cast<i64>(m.settings.probeTimeoutMs) * kMillisecond);
}

void readProbe(Monitor& m) {
  ProbeResult& result = Health::result(m.health.results);
  u8 spare[1024];
  // Only so much at a time: a probe that prints without end is not allowed to hold the loop.
  for (u32 i = 0; i < 64 && m.health.output; ++i) {
    usize room = ProbeResult::kMostOutput - result.size;
    i64 n = again(__NR_read, m.health.output.get(), room ? result.output + result.size : spare, room ? room : sizeof spare);
    if (n == -EAGAIN) return;
    if (n <= 0) return closeOutput(m);
    if (room) result.size += static_cast<usize>(n);
  }
}

void probeTimedOut(Monitor& m) {
  if (!m.health.running()) return;
  m.health.timedOut = true;
  sys::attempt(__NR_pidfd_send_signal, m.health.child.pidfd.get(), SIGKILL, nullptr, 0);
}

bool probeEnded(Monitor& m, i32 pid, i32 status) {
  Health& health = m.health;
  if (!health.running() || pid != health.child.pid) return false;
  if (health.child.sync && !settleLaunch(m)) return true;
  readProbe(m);
  closeOutput(m);
  health.child = Child{};
  m.alarms.clear(Alarm::ProbeTimeout);
  if (health.discarded) return true;
  if (health.timedOut) {
    Line<64> text;
    text << "the health check exceeded its timeout of " << m.settings.probeTimeoutMs << " ms";
    say(Health::result(health.results), text.text());
  }
  conclude(m, health.timedOut ? -1 : decode(status).exitCode);
  return true;
}

}  // namespace gantry
