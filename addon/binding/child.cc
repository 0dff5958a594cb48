#include "binding/child.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

namespace gantry::binding {
namespace {

// The kernel's signal set: one bit a signal. The C library's calls leave out the signals it uses itself.
using KernelSignals = uint64_t;
constexpr KernelSignals kAllSignals = ~KernelSignals{0};

class SignalsBlocked {
 public:
  SignalsBlocked() { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kAllSignals, &before_, sizeof before_); }
  ~SignalsBlocked() { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  KernelSignals before_ = 0;
};

// What this process ignores: SIGPIPE, as Node does, and what it was started with (nohup). Asked once: sixty calls in every child would cost a tenth
// of the start, and nothing in Node begins to ignore a signal later.
KernelSignals ignoredSignals() {
  KernelSignals ignored = 0;
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) ignored |= KernelSignals{1} << (signal - 1);
  }
  return ignored;
}

// Shared with the child, which runs in the parent's memory while the parent waits.
struct Plan {
  int program;
  char* const* argv;
  KernelSignals ignored;
  int* descriptors;  // the child overwrites them with where it moved each
  int count;
  int error;
  const char* call;
};

[[gnu::no_sanitize_address]] int fail(Plan& plan, const char* call) {
  plan.error = errno;
  plan.call = call;
  return 127;
}

// From here to the exec only system calls: the memory, and the locks in it, are the parent's. The address sanitizer must not mark this frame: the
// exec leaves it without unmarking, and the marks would be the parent's.
[[gnu::no_sanitize_address]] int runChild(void* data) {
  Plan& plan = *static_cast<Plan*>(data);
  // Handlers end with the exec, but what Node ignores (SIGPIPE) would stay ignored, in the container too.
  for (KernelSignals left = plan.ignored; left; left &= left - 1) {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(__builtin_ctzll(left) + 1, &action, nullptr);
  }
  // First everything above the range that is to be filled, so that no source is overwritten before it was moved.
  int program = fcntl(plan.program, F_DUPFD_CLOEXEC, plan.count);
  if (program < 0) return fail(plan, "fcntl");
  for (int i = 0; i < plan.count; ++i) {
    if (plan.descriptors[i] < 0) continue;
    plan.descriptors[i] = fcntl(plan.descriptors[i], F_DUPFD_CLOEXEC, plan.count);
    if (plan.descriptors[i] < 0) return fail(plan, "fcntl");
  }
  for (int i = 0; i < plan.count; ++i) {
    if (plan.descriptors[i] < 0) {
      close(i);
    } else if (dup2(plan.descriptors[i], i) < 0) {
      return fail(plan, "dup2");
    }
  }
  // Marked instead of closed: the program itself is among them, and closing a hundred files one by one is what the exec does anyway.
  if (syscall(SYS_close_range, plan.count, ~0U, CLOSE_RANGE_CLOEXEC) < 0) return fail(plan, "close_range");
  if (chdir("/") < 0) return fail(plan, "chdir");
  char* environment[] = {nullptr};
  syscall(SYS_execveat, program, "", plan.argv, environment, AT_EMPTY_PATH);
  return fail(plan, "execveat");
}

constexpr size_t kStackBytes = 16 * 1024;
constexpr size_t kMostDescriptors = 5 + 192;

}  // namespace

Started startProgram(int program, char* const argv[], std::span<const int> descriptors, Failure& failure) {
  int moved[kMostDescriptors];
  if (descriptors.size() > kMostDescriptors) {
    failure = {E2BIG, "clone", {}, "more descriptors than a monitor has slots"};
    return {};
  }
  for (size_t i = 0; i < descriptors.size(); ++i) moved[i] = descriptors[i];
  static const KernelSignals ignored = ignoredSignals();
  Plan plan{program, argv, ignored, moved, static_cast<int>(descriptors.size()), 0, ""};
  alignas(16) char stack[kStackBytes];
  int pidfd = -1;
  pid_t pid;
  {
    SignalsBlocked blocked;
    pid = clone(runChild, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
  }
  if (pid < 0) {
    failure = {errno, "clone", {}, {}};
    return {};
  }
  Started started{pid, Descriptor(pidfd)};
  if (plan.error) {
    failure = {plan.error, plan.call, {}, {}};
    siginfo_t info;
    waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | __WALL);
    return {};
  }
  return started;
}

}  // namespace gantry::binding
