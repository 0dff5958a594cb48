// A descriptor that closes itself.
#pragma once
#include "sys/call.h"

namespace gantry {

class Fd {
 public:
  Fd() = default;
  explicit Fd(i64 fd) : fd_(fd < 0 ? -1 : static_cast<i32>(fd)) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] i32 get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] i32 release() {
    i32 fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(i32 fd = -1) {
    if (fd_ >= 0) sys::attempt(__NR_close, fd_);
    fd_ = fd;
  }

 private:
  i32 fd_ = -1;
};

}  // namespace gantry
