// The built-in init: pid 1 of a container that asked for one. It forwards signals, reaps, and leaves with what the program left with. An exec has
// it as its keeper outside of the container's pid namespace, where it has to become visible as late as can be.
#include "launch/context.h"

namespace gantry {
namespace {

constexpr u64 kAllSignals = ~0ul;

struct SignalInfo {
  i32 signal, error, code, padding;
  u64 rest[14];
};

void reap(i32 program, i32 report) {
  while (true) {
    i32 status = 0;
    i64 pid = sys::call(__NR_wait4, -1, &status, 1 /* WNOHANG */, nullptr);
    if (pid <= 0) return;
    if (pid != program) continue;
    i32 signal = status & 0x7f;
    if (report >= 0) {
      // The monitor learns the true status by the pipe; the exit code is for whoever looks from elsewhere.
      (void)writeAll(report, &status, sizeof status);
    } else if (signal) {
      // A keeper is itself waited for: it ends as the program did.
      u64 none = 0;
      sys::attempt(__NR_kill, sys::raw(__NR_getpid), signal);
      sys::attempt(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &none, nullptr, 8);
    }
    sys::attempt(__NR_exit_group, signal ? 128 + signal : status >> 8 & 0xff);
  }
}

[[noreturn]] void serve(i32 program, i32 report) {
  while (true) {
    SignalInfo info{};
    i64 signal = sys::call(__NR_rt_sigtimedwait, &kAllSignals, &info, nullptr, 8);
    if (signal == 17 /* SIGCHLD */)
      reap(program, report);
    else if (signal > 0)
      sys::attempt(__NR_kill, program, signal);
  }
}

}  // namespace

i64 runInit(Context& context, const OpInit&) {
  // Signals wait to be taken, those of the first moment as well; execute lets the program have them again.
  sys::attempt(__NR_rt_sigprocmask, 0 /* SIG_BLOCK */, &kAllSignals, nullptr, 8);
  i32 report = context.initStatus;
  bool keeper = report < 0;
  if (keeper) {
    // Whoever may trace sees the program from its first moment: there must be no descriptor of the host's in it, not even for a moment.
    if (context.sync != 3) sys::attempt(__NR_dup3, context.sync, 3, kCloexec);
    context.sync = 3;
    sys::attempt(__NR_close_range, 4, ~0u, 0);
  }
  // Not clone3: a filter may be in force that answers ENOSYS to it.
  i64 pid = sys::raw(__NR_clone, 17 /* SIGCHLD */, 0, 0, 0, 0);
  if (pid < 0) return pid;
  if (pid == 0) {
    if (keeper) sys::attempt(__NR_prctl, 1 /* PR_SET_PDEATHSIG */, 9, 0, 0, 0);
    // A process group of its own in the foreground, so that the keys of a terminal reach the program and not init.
    sys::attempt(__NR_setpgid, 0, 0);
    i32 group = static_cast<i32>(sys::raw(__NR_getpid));
    sys::attempt(__NR_ioctl, 0, 0x5410 /* TIOCSPGRP */, &group);
    return 0;
  }
  sys::attempt(__NR_prctl, 15 /* PR_SET_NAME */, "gantry-init", 0, 0, 0);
  if (!keeper && report != 3) {
    sys::attempt(__NR_dup3, report, 3, kCloexec);
    report = 3;
  }
  sys::attempt(__NR_close_range, 0, 2, 0);
  sys::attempt(__NR_close_range, keeper ? 3 : 4, ~0u, 0);
  sys::attempt(__NR_chdir, "/");
  serve(static_cast<i32>(pid), report);
}

}  // namespace gantry
