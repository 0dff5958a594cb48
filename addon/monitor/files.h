// Small files: those of the kernel, and paths built from others.
#pragma once
#include "monitor/kernel.h"
#include "sys/text.h"

namespace gantry {

using Path = Line<4096>;

// The length read, NUL-terminated, at most n - 1; or -errno.
[[nodiscard]] i64 readSmall(const char* path, char* to, usize n);
[[nodiscard]] i64 writeSmall(const char* path, const char* text);
// The number after `key` at the start of a line, as in "oom_kill 3"; -1 when there is none.
[[nodiscard]] i64 numberOf(const char* text, const char* key);
// The same directory, another name. Empty when the path has no slash.
void sibling(Path& to, const char* path, const char* name);
[[nodiscard]] bool endsWith(const char* text, const char* end);
// The path is the directory, or lies below it.
[[nodiscard]] bool isBelow(const char* path, const char* directory);

}  // namespace gantry
