// Freezing a container, and letting it go on.
#include "monitor/monitor.h"

namespace gantry {
namespace {

constexpr i64 kFirstLook = kMillisecond, kLongestLook = 50 * kMillisecond, kPatience = 10 * kSecond;

// Set when a freeze begins: there is one container, and one freeze at a time.
struct Freeze {
  i64 until = 0;
  i64 pause = 0;
} freeze;

}  // namespace

void pauseContainer(Monitor& m, const Requester& who) {
  Life& life = m.life;
  if (life.status == Status::Paused) return m.clients.done(who);
  if (life.status != Status::Running) return m.clients.refuse(who, ESRCH);
  if (!life.freezing) {
    i64 asked = m.cgroup.freeze(true);
    if (asked < 0) return m.clients.refuse(who, asked);
    life.freezing = true;
    freeze = {steadyClock() + kPatience, kFirstLook};
  }
  if (!m.waiters.add(Waiters::Pause, who)) return m.clients.refuse(who, EAGAIN);
  checkFrozen(m);
}

void checkFrozen(Monitor& m) {
  Life& life = m.life;
  if (!life.freezing) return;
  if (m.cgroup.isFrozen()) {
    life.freezing = false;
    m.alarms.clear(Alarm::Freeze);
    life.status = Status::Paused;
    writeState(m);
    m.waiters.answer(Waiters::Pause, m.clients);
  } else if (steadyClock() > freeze.until) {
    thaw(m);
    m.waiters.answer(Waiters::Pause, m.clients, ETIMEDOUT);
  } else {
    m.alarms.setIn(Alarm::Freeze, freeze.pause);
    freeze.pause = freeze.pause * 2 > kLongestLook ? kLongestLook : freeze.pause * 2;
  }
}

void thaw(Monitor& m) {
  Life& life = m.life;
  if (life.status != Status::Paused && !life.freezing) return;
  (void)m.cgroup.freeze(false);
  if (life.freezing) m.waiters.answer(Waiters::Pause, m.clients, ECANCELED);
  life.freezing = false;
  m.alarms.clear(Alarm::Freeze);
  if (life.status != Status::Paused) return;
  life.status = Status::Running;
  writeState(m);
}

void resumeContainer(Monitor& m, const Requester& who) {
  Life& life = m.life;
  if (life.status == Status::Running && !life.freezing) return m.clients.done(who);
  if (life.status != Status::Paused && !life.freezing) return m.clients.refuse(who, ESRCH);
  i64 asked = m.cgroup.freeze(false);
  if (asked < 0) return m.clients.refuse(who, asked);
  thaw(m);
  m.clients.done(who);
}

}  // namespace gantry
