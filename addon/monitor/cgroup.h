// What the monitor does by way of the container's control group: kill, signal, freeze, and hear of a lack of memory.
#pragma once
#include "monitor/loop.h"
#include "monitor/settings.h"

namespace gantry {

class Cgroup {
 public:
  explicit Cgroup(const Settings& settings) : settings_(settings) {}

  // SIGKILL for everything in it. Nothing to do is success.
  void kill() const;
  // The signal to every process in it; -EOPNOTSUPP when there is no group to look into.
  [[nodiscard]] i64 signal(i64 number) const;

  // 0, or -errno: -EOPNOTSUPP when there is nothing to freeze by.
  [[nodiscard]] i64 freeze(bool frozen) const;
  [[nodiscard]] bool isFrozen() const;

  // After a start: remembers how often the kernel has killed for memory (`fresh`: never), and listens if asked to.
  void watchMemory(Loop& loop, bool fresh);
  void forgetMemory(Loop& loop);
  void readEvent() const;
  // Kills for memory since the start.
  [[nodiscard]] i64 oomKills() const;

 private:
  [[nodiscard]] i64 eachProcess(i64 number) const;
  [[nodiscard]] i64 counter() const;

  const Settings& settings_;
  Fd oomEvent_;
  i64 oomBase_ = 0;
};

}  // namespace gantry
