// Ways to end a container.
#include "monitor/monitor.h"

namespace gantry {
namespace {

i64 signalFirst(Monitor& m, i64 number) { return sys::call(__NR_pidfd_send_signal, m.life.child.pidfd.get(), number, nullptr, 0); }

bool endsContainer(const Monitor& m, i64 number) { return number == SIGKILL || static_cast<u64>(number) == m.settings.stopSignal; }

// The stop signal now, SIGKILL after the grace. A grace that runs already is only ever shortened.
void begin(Monitor& m, i64 number, i64 graceMs) {
  if (graceMs == 0) return killContainer(m);
  if (number == SIGKILL) return killContainer(m);
  (void)signalFirst(m, number);
  thaw(m);
  constexpr i64 kLongest = 1l << 40;
  i64 at = steadyClock() + (graceMs > kLongest ? kLongest : graceMs) * kMillisecond;
  if (!m.alarms.isSet(Alarm::Grace) || at < m.alarms.at(Alarm::Grace)) m.alarms.set(Alarm::Grace, at);
}

}  // namespace

void killContainer(Monitor& m) {
  if (!m.life.alive()) return;
  m.life.killedByUs = true;
  (void)signalFirst(m, SIGKILL);
  if (!m.settings.ownPids) m.cgroup.kill();
  // Frozen by the first version of control groups, nothing dies.
  thaw(m);
}

void stopContainer(Monitor& m, const Requester& who, const MsgStop& how) {
  Life& life = m.life;
  if (how.signal > 64) return m.clients.refuse(who, EINVAL);
  if (m.leaving) return m.clients.refuse(who, ESRCH);
  if (!life.alive()) {
    life.stoppedByUser = life.everStarted;
    if (how.restart && life.status == Status::Restarting) {
      m.clients.done(who);
      m.restart.count = 0;
      m.restart.delayNs = 0;
      return startContainer(m, {});
    }
    if (!m.waiters.add(Waiters::Stop, who)) return m.clients.refuse(who, EAGAIN);
    return finish(m);
  }
  if (!m.waiters.add(Waiters::Stop, who)) return m.clients.refuse(who, EAGAIN);
  life.endWanted = life.stoppedByUser = true;
  life.restartWanted = how.restart != 0;
  if (life.atBarrier) return killContainer(m);
  begin(m, how.signal > 0 ? how.signal : static_cast<i64>(m.settings.stopSignal), how.graceMs < 0 ? static_cast<i64>(m.settings.stopTimeoutMs) : how.graceMs);
}

void signalContainer(Monitor& m, const Requester& who, const MsgSignal& how) {
  Life& life = m.life;
  if (how.signal < 0 || how.signal > 64) return m.clients.refuse(who, EINVAL);
  if (!life.alive()) return m.clients.refuse(who, ESRCH);
  bool ends = endsContainer(m, how.signal);
  i64 done = 0;
  if (how.signal == SIGKILL) {
    life.killedByUs = true;
    if (how.all) m.cgroup.kill();
    done = signalFirst(m, SIGKILL);
  } else {
    done = how.all ? m.cgroup.signal(how.signal) : signalFirst(m, how.signal);
  }
  if (done < 0) return m.clients.refuse(who, done);
  // As Docker has it: who sends the signal that stops a container wants it to stay stopped.
  if (ends) {
    life.endWanted = life.stoppedByUser = true;
    thaw(m);
  }
  m.clients.done(who);
}

void endBecause(Monitor& m, bool timedOut) {
  Life& life = m.life;
  life.endWanted = true;
  life.restartWanted = false;
  if (timedOut) life.timedOut = true;
  if (life.alive())
    killContainer(m);
  else
    finish(m);
}

void terminate(Monitor& m) {
  if (!m.life.alive()) return finish(m);
  m.life.endWanted = true;
  m.life.restartWanted = false;
  begin(m, static_cast<i64>(m.settings.stopSignal), static_cast<i64>(m.settings.stopTimeoutMs));
}

}  // namespace gantry
