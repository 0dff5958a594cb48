#include "monitor/files.h"

namespace gantry {

i64 readSmall(const char* path, char* to, usize n) {
  to[0] = 0;
  i64 opened = again(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (opened < 0) return opened;
  Fd fd(opened);
  i64 got = again(__NR_read, fd.get(), to, n - 1);
  to[got < 0 ? 0 : got] = 0;
  return got;
}

i64 writeSmall(const char* path, const char* text) {
  i64 opened = again(__NR_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (opened < 0) return opened;
  Fd fd(opened);
  return again(__NR_write, fd.get(), text, strlen(text));
}

i64 numberOf(const char* text, const char* key) {
  usize length = strlen(key);
  while (*text) {
    if (startsWith(text, key) && text[length] == ' ') {
      i64 value = 0;
      for (const char* digit = text + length + 1; *digit >= '0' && *digit <= '9'; ++digit) value = value * 10 + (*digit - '0');
      return value;
    }
    while (*text && *text != '\n') ++text;
    if (*text) ++text;
  }
  return -1;
}

void sibling(Path& to, const char* path, const char* name) {
  to.clear();
  usize slash = 0;
  for (usize i = 0; path[i]; ++i)
    if (path[i] == '/') slash = i + 1;
  if (slash) to.bytes(path, slash) << name;
}

bool endsWith(const char* text, const char* end) {
  usize n = strlen(text), m = strlen(end);
  return n >= m && same(text + n - m, end);
}

bool isBelow(const char* path, const char* directory) {
  usize n = strlen(directory);
  while (n > 1 && directory[n - 1] == '/') --n;
  for (usize i = 0; i < n; ++i)
    if (path[i] != directory[i]) return false;
  return path[n] == 0 || path[n] == '/' || directory[n - 1] == '/';
}

}  // namespace gantry
