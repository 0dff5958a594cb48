// The log of a container: records in `current`, older files `1`, `2`, ... The format is in docs/architecture.md.
#pragma once
#include "monitor/clock.h"

namespace gantry {

class Log {
 public:
  // Opens or makes `current`. A record that an earlier monitor left half written is cut off.
  void open(const char* directory, u64 maxSize, u64 maxFiles);
  [[nodiscard]] bool opened() const { return static_cast<bool>(directory_); }
  // One record. A full disk loses the record, and nothing else.
  void append(char stream, bool continues, const u8* data, usize n);
  [[nodiscard]] u64 lostBytes() const { return lost_; }

 private:
  bool openCurrent();
  void repair();
  void rotate();

  Fd directory_;
  Fd file_;
  u64 size_ = 0;
  u64 maxSize_ = 0;
  u64 maxFiles_ = 1;
  u64 lost_ = 0;
};

}  // namespace gantry
