// Text built in a buffer of fixed size: what does not fit is cut, and `full` says so.
#pragma once
#include "sys/memory.h"

namespace gantry {

template <usize N>
class Line {
 public:
  Line& operator<<(const char* text) {
    while (*text) put(*text++);
    return *this;
  }
  Line& operator<<(char c) {
    put(c);
    return *this;
  }
  Line& operator<<(i64 value) {
    if (value < 0) {
      put('-');
      return unsignedNumber(~static_cast<u64>(value) + 1);
    }
    return unsignedNumber(static_cast<u64>(value));
  }
  Line& operator<<(u64 value) { return unsignedNumber(value); }
  Line& operator<<(i32 value) { return *this << static_cast<i64>(value); }
  Line& operator<<(u32 value) { return *this << static_cast<u64>(value); }
  Line& padded(u64 value, u32 width) {
    char digits[20];
    u32 n = 0;
    do digits[n++] = static_cast<char>('0' + value % 10);
    while (value /= 10);
    while (n < width) digits[n++] = '0';
    while (n) put(digits[--n]);
    return *this;
  }
  Line& bytes(const void* data, usize n) {
    auto* p = static_cast<const char*>(data);
    while (n--) put(*p++);
    return *this;
  }
  void clear() { size_ = 0, full_ = false, data_[0] = 0; }
  [[nodiscard]] const char* text() const { return data_; }
  [[nodiscard]] usize size() const { return size_; }
  [[nodiscard]] bool full() const { return full_; }

 private:
  void put(char c) {
    if (size_ + 1 >= N) {
      full_ = true;
      return;
    }
    data_[size_++] = c;
    data_[size_] = 0;
  }
  Line& unsignedNumber(u64 value) { return padded(value, 1); }

  char data_[N] = {};
  usize size_ = 0;
  bool full_ = false;
};

}  // namespace gantry
