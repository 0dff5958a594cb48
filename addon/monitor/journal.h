// The event journal: one line of JSON an event, appended by one write.
#pragma once
#include "monitor/settings.h"

namespace gantry {

class Journal {
 public:
  static constexpr usize kMostAttributes = 8 * 1024;

  explicit Journal(const Settings& settings) : settings_(settings) {}
  // `more`: JSON members of this event alone, without braces.
  void append(const char* action, i64 timeNs, const char* more = "") const;
  // Replaces what describes the container. False when it is too long or not one line.
  [[nodiscard]] bool describe(const u8* members, usize n);

 private:
  const Settings& settings_;
  char* attributes_ = nullptr;
};

}  // namespace gantry
