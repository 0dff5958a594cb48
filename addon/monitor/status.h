// A wait status as Docker reports it.
#pragma once
#include "sys/types.h"

namespace gantry {

struct ExitStatus {
  i64 exitCode;
  i64 signal;  // 0: it left by itself
};

[[nodiscard]] constexpr ExitStatus decode(i32 status) {
  i32 signal = status & 0x7f;
  if (signal) return {128 + signal, signal};
  return {status >> 8 & 0xff, 0};
}

}  // namespace gantry
