// System calls without a C library. Every function returns what the kernel returned: a value, or -errno.
#pragma once
#include <asm/unistd.h>
#include "sys/types.h"

namespace gantry::sys {

#if defined(__x86_64__)
inline i64 raw(i64 number, i64 a = 0, i64 b = 0, i64 c = 0, i64 d = 0, i64 e = 0, i64 f = 0) {
  i64 result;
  register i64 r10 asm("r10") = d;
  register i64 r8 asm("r8") = e;
  register i64 r9 asm("r9") = f;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
inline i64 raw(i64 number, i64 a = 0, i64 b = 0, i64 c = 0, i64 d = 0, i64 e = 0, i64 f = 0) {
  register i64 x8 asm("x8") = number;
  register i64 x0 asm("x0") = a;
  register i64 x1 asm("x1") = b;
  register i64 x2 asm("x2") = c;
  register i64 x3 asm("x3") = d;
  register i64 x4 asm("x4") = e;
  register i64 x5 asm("x5") = f;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#else
#error "gantry-monitor knows x86_64 and aarch64"
#endif

template <class T>
inline i64 word(T value) {
  if constexpr (__is_same(T, decltype(nullptr)))
    return 0;
  else
    return (i64)value;
}

template <class... A>
[[nodiscard]] inline i64 call(i64 number, A... args) {
  return raw(number, word(args)...);
}

// For calls whose failure changes nothing that we could do.
template <class... A>
inline void attempt(i64 number, A... args) {
  (void)raw(number, word(args)...);
}

}  // namespace gantry::sys
