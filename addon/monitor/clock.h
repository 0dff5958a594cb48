// Time, and the few moments at which the monitor has to do something without being asked.
#pragma once
#include "monitor/kernel.h"

namespace gantry {

inline constexpr i64 kSecond = 1000000000, kMillisecond = 1000000;

// Nanoseconds since the epoch, for people.
[[nodiscard]] inline i64 wallClock() {
  __kernel_timespec now{};
  sys::attempt(__NR_clock_gettime, CLOCK_REALTIME, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

// Nanoseconds that no change of the wall clock touches, for deadlines.
[[nodiscard]] inline i64 steadyClock() {
  __kernel_timespec now{};
  sys::attempt(__NR_clock_gettime, CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

enum class Alarm : u32 { Timeout, Grace, Restart, Probe, ProbeTimeout, Freeze, Oom, Idle, State, Count };

class Alarms {
 public:
  void set(Alarm alarm, i64 steadyNs) { at_[static_cast<u32>(alarm)] = steadyNs; }
  void setIn(Alarm alarm, i64 ns) { set(alarm, steadyClock() + ns); }
  void clear(Alarm alarm) { set(alarm, 0); }
  [[nodiscard]] bool isSet(Alarm alarm) const { return at_[static_cast<u32>(alarm)] != 0; }
  [[nodiscard]] i64 at(Alarm alarm) const { return at_[static_cast<u32>(alarm)]; }

  // For epoll_wait: -1 when nothing is to come.
  [[nodiscard]] i32 millisecondsToNext() const {
    i64 first = 0;
    for (i64 at : at_)
      if (at && (!first || at < first)) first = at;
    if (!first) return -1;
    i64 left = first - steadyClock();
    if (left <= 0) return 0;
    i64 ms = (left + kMillisecond - 1) / kMillisecond;
    return ms > 1000000000 ? 1000000000 : static_cast<i32>(ms);
  }

  // Takes an alarm that is due; Count when there is none.
  [[nodiscard]] Alarm takeDue() {
    i64 now = 0;
    for (u32 i = 0; i < static_cast<u32>(Alarm::Count); ++i) {
      if (!at_[i]) continue;
      if (!now) now = steadyClock();
      if (at_[i] > now) continue;
      at_[i] = 0;
      return static_cast<Alarm>(i);
    }
    return Alarm::Count;
  }

 private:
  i64 at_[static_cast<u32>(Alarm::Count)] = {};
};

}  // namespace gantry
