// Docker's restart policy and its back-off.
#pragma once
#include "monitor/clock.h"

namespace gantry {

struct RestartPolicy {
  enum Kind : u64 { No = 0, OnFailure = 1, Always = 2, UnlessStopped = 3 };
  Kind kind = No;
  u64 maximum = 0;   // of on-failure; 0 is without bound
  u32 count = 0;     // restarts made so far
  i64 delayNs = 0;   // before the next one

  [[nodiscard]] bool wants(i64 exitCode) const {
    switch (kind) {
      case Always:
      case UnlessStopped: return true;
      case OnFailure: return exitCode != 0 && (maximum == 0 || count < maximum);
      default: return false;
    }
  }

  // 100 ms, doubled each time up to a minute; from the beginning again after a run of ten seconds.
  [[nodiscard]] i64 nextDelay(i64 ranNs) {
    if (ranNs >= 10 * kSecond) delayNs = 0;
    delayNs = delayNs == 0 ? 100 * kMillisecond : delayNs * 2;
    if (delayNs > 60 * kSecond) delayNs = 60 * kSecond;
    return delayNs;
  }
};

}  // namespace gantry
