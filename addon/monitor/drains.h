// Outputs of execs whose client has left: read to their end, so that who writes there goes on.
#pragma once
#include "monitor/loop.h"

namespace gantry {

class Drains {
 public:
  static constexpr u32 kMost = 64;

  // Beyond the most it is closed, and its writer is told by SIGPIPE.
  void take(Loop& loop, Fd fd);
  void readable(Loop& loop, u32 index);

 private:
  Fd table_[kMost];
};

}  // namespace gantry
