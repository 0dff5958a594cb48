#include "monitor/loop.h"

namespace gantry {

i64 Loop::open() {
  i64 fd = sys::call(__NR_epoll_create1, O_CLOEXEC);
  epoll_ = Fd(fd);
  return fd < 0 ? fd : 0;
}

i64 Loop::control(i32 what, i32 fd, u32 events, Source source, u32 index, u32 generation) {
  epoll_event event{};
  event.events = events;
  event.data = static_cast<u64>(source) << 56 | static_cast<u64>(index & 0xffffff) << 32 | generation;
  return sys::call(__NR_epoll_ctl, epoll_.get(), what, fd, &event);
}

i64 Loop::wait(i32 timeoutMs) {
  i64 n = sys::call(__NR_epoll_pwait, epoll_.get(), events_, kBatch, timeoutMs, nullptr, 8);
  return n == -EINTR ? 0 : n;
}

Ready Loop::ready(i64 i) const {
  u64 data = events_[i].data;
  return {static_cast<Source>(data >> 56), static_cast<u32>(data >> 32) & 0xffffff, static_cast<u32>(data), events_[i].events};
}

}  // namespace gantry
