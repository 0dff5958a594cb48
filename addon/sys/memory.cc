#include "sys/memory.h"

#ifndef GANTRY_HOSTED
// The loops below must not be recognised as the functions they define.
#pragma GCC optimize("no-tree-loop-distribute-patterns")

extern "C" {

void* memcpy(void* to, const void* from, gantry::usize n) {
#if defined(__x86_64__)
  void* result = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
  return result;
#else
  auto* t = static_cast<gantry::u8*>(to);
  auto* f = static_cast<const gantry::u8*>(from);
  while (n--) *t++ = *f++;
  return to;
#endif
}

void* memmove(void* to, const void* from, gantry::usize n) {
  auto* t = static_cast<gantry::u8*>(to);
  auto* f = static_cast<const gantry::u8*>(from);
  if (t <= f) return memcpy(to, from, n);
  while (n--) t[n] = f[n];
  return to;
}

void* memset(void* to, int value, gantry::usize n) {
  auto* t = static_cast<gantry::u8*>(to);
  while (n--) *t++ = static_cast<gantry::u8>(value);
  return to;
}

int memcmp(const void* a, const void* b, gantry::usize n) {
  auto* x = static_cast<const gantry::u8*>(a);
  auto* y = static_cast<const gantry::u8*>(b);
  for (; n--; ++x, ++y)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}

gantry::usize strlen(const char* text) {
  gantry::usize n = 0;
  while (text[n]) ++n;
  return n;
}
}
#endif
