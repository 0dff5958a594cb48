// Health probes, with Docker's state machine.
#pragma once
#include "launch/interpreter.h"
#include "monitor/clock.h"

namespace gantry {

struct ProbeResult {
  static constexpr usize kMostOutput = 4096;
  i64 startNs;
  i64 endNs;
  i64 exitCode;
  usize size;
  u8 output[kMostOutput];
};

struct Health {
  enum Status : u32 { None = 0, Starting = 1, Healthy = 2, Unhealthy = 3 };
  static constexpr u32 kKept = 5;

  Status status = None;
  u32 failingStreak = 0;
  u32 results = 0;  // ever made; the last kKept are kept

  Child child;       // of the probe that runs now
  Fd output;
  bool timedOut = false;
  bool discarded = false;  // the container has ended: its result means nothing

  [[nodiscard]] bool running() const { return child.pid != 0; }
  // The result with this number; valid for the last kKept of them, and for the one that is being made.
  [[nodiscard]] static ProbeResult& result(u32 number);
  [[nodiscard]] const char* word() const {
    constexpr const char* kWords[] = {"none", "starting", "healthy", "unhealthy"};
    return kWords[status];
  }
};

}  // namespace gantry
