// What the compiler expects of a C library, and the few text functions that the monitor needs.
#pragma once
#include "sys/types.h"

extern "C" {
void* memcpy(void* to, const void* from, gantry::usize n);
void* memmove(void* to, const void* from, gantry::usize n);
void* memset(void* to, int value, gantry::usize n);
int memcmp(const void* a, const void* b, gantry::usize n);
gantry::usize strlen(const char* text);
}

namespace gantry {

inline bool same(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}

inline bool startsWith(const char* text, const char* prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return false;
  return true;
}

}  // namespace gantry
