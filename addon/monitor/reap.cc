// Children that have ended: the container's first process, execs, probes, and whatever was adopted.
#include "monitor/monitor.h"

namespace gantry {
namespace {

// A built-in init tells the true status of the program by its pipe; its own exit code cannot carry a signal.
i32 statusOfProgram(const Child& child, i32 status) {
  if (!child.initStatus) return status;
  sys::attempt(__NR_fcntl, child.initStatus.get(), F_SETFL, O_NONBLOCK);
  i32 reported = 0;
  return again(__NR_read, child.initStatus.get(), &reported, sizeof reported) == sizeof reported ? reported : status;
}

}  // namespace

void reapChildren(Monitor& m) {
  // One signal may stand for many children. The container's own end is dealt with last: it may end the monitor.
  bool ended = false;
  i32 endStatus = 0;
  rusage endUsage{};
  while (true) {
    i32 status = 0;
    rusage usage{};
    i64 pid = again(__NR_wait4, -1, &status, WNOHANG | __WALL, &usage);
    if (pid <= 0) break;
    if (pid == m.life.child.pid) {
      ended = true;
      endStatus = statusOfProgram(m.life.child, status);
      endUsage = usage;
    } else if (!m.executes.ended(m.loop, m.clients, static_cast<i32>(pid), status, usage)) {
      (void)probeEnded(m, static_cast<i32>(pid), status);
    }
  }
  // The signal may also have meant that a process has been stopped.
  m.executes.urge();
  urgeProbe(m);
  if (ended) containerEnded(m, endStatus, endUsage);
}

}  // namespace gantry
