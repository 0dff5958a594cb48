#include "binding/reaper.h"

#include <sys/wait.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <vector>

#include "binding/poller.h"

namespace gantry::binding {
namespace {

constexpr auto kPidfd = static_cast<idtype_t>(3);  // P_PIDFD, which older C libraries do not name

// Whether the child is gone, by us or by somebody else.
bool reap(const Descriptor& pidfd) {
  siginfo_t info;
  info.si_pid = 0;
  if (waitid(kPidfd, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG | __WALL) < 0) return errno == ECHILD;
  return info.si_pid != 0;
}

// Children of environments that have ended (workers); looked at whenever another child is started.
class Orphans {
 public:
  void add(Descriptor pidfd) {
    std::lock_guard lock(mutex_);
    pidfds_.push_back(std::move(pidfd));
  }
  void reapEnded() {
    std::lock_guard lock(mutex_);
    std::erase_if(pidfds_, reap);
  }

 private:
  std::mutex mutex_;
  std::vector<Descriptor> pidfds_;
};

Orphans& orphans() {
  static Orphans instance;
  return instance;
}

// Owns itself from watch() until the child is gone.
class Reaper final : private Poller::Owner {
 public:
  explicit Reaper(Descriptor pidfd) : pidfd_(std::move(pidfd)) {}

  static void watch(Environment& environment, std::unique_ptr<Reaper> reaper) {
    if (reaper->poller_.open(environment, reaper->pidfd_.get()) != 0) {
      orphans().add(std::move(reaper->pidfd_));
      return;
    }
    reaper->poller_.unref();
    reaper->poller_.watch(uv::kReadable);
    static_cast<void>(reaper.release());
  }

 private:
  void ready(int events) override {
    if (!reap(pidfd_)) {
      if (events == 0) ended();
      return;
    }
    delete this;
  }
  void ended() override {
    orphans().add(std::move(pidfd_));
    delete this;
  }

  Descriptor pidfd_;
  Poller poller_{*this};
};

}  // namespace

void reapWhenEnded(Environment& environment, Descriptor pidfd) {
  orphans().reapEnded();
  Reaper::watch(environment, std::make_unique<Reaper>(std::move(pidfd)));
}

}  // namespace gantry::binding
