// The descriptors that the monitor waits for, and what each of them is.
#pragma once
#include "monitor/clock.h"

namespace gantry {

enum class Source : u32 { Signals, Listener, Client, Output, Input, Probe, Oom, Execute, ProbeLaunch, Drain };

struct Ready {
  Source source;
  u32 index;       // which of them
  u32 generation;  // to tell an event of one that has been closed meanwhile
  u32 events;
};

class Loop {
 public:
  static constexpr u32 kBatch = 16;

  [[nodiscard]] i64 open();
  i64 add(i32 fd, u32 events, Source source, u32 index = 0, u32 generation = 0) { return control(EPOLL_CTL_ADD, fd, events, source, index, generation); }
  i64 change(i32 fd, u32 events, Source source, u32 index = 0, u32 generation = 0) { return control(EPOLL_CTL_MOD, fd, events, source, index, generation); }
  // Needed before a close: a child that waits at its barrier holds copies of our descriptors.
  void remove(i32 fd) { sys::attempt(__NR_epoll_ctl, epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

  // How many are ready, or -errno.
  [[nodiscard]] i64 wait(i32 timeoutMs);
  [[nodiscard]] Ready ready(i64 i) const;

 private:
  i64 control(i32 what, i32 fd, u32 events, Source source, u32 index, u32 generation);

  Fd epoll_;
  epoll_event events_[kBatch];
};

}  // namespace gantry
