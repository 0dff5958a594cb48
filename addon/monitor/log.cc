#include "monitor/log.h"

#include "sys/text.h"

namespace gantry {
namespace {

constexpr usize kHeader = 32;
// A log without rotation may be huge: then its end is trusted.
constexpr i64 kRepairLimit = 1l << 30;

void digits(u8* to, u64 value, u32 width) {
  while (width--) to[width] = static_cast<u8>('0' + value % 10), value /= 10;
}

// "O 1763769162.123456789 00000042\n"
void writeHeader(u8* to, char stream, i64 time, usize n) {
  to[0] = static_cast<u8>(stream);
  to[1] = ' ';
  digits(to + 2, static_cast<u64>(time / kSecond), 10);
  to[12] = '.';
  digits(to + 13, static_cast<u64>(time % kSecond), 9);
  to[22] = ' ';
  digits(to + 23, n, 8);
  to[31] = '\n';
}

// The length that a header announces; -1 when it is not a header.
i64 recordLength(const u8* header) {
  if (header[1] != ' ' || header[12] != '.' || header[22] != ' ' || header[31] != '\n') return -1;
  i64 n = 0;
  for (u32 i = 23; i < 31; ++i) {
    if (header[i] < '0' || header[i] > '9') return -1;
    n = n * 10 + (header[i] - '0');
  }
  return n;
}

void name(Line<24>& to, u64 number) {
  to.clear();
  if (number == 0)
    to << "current";
  else
    to << number;
}

}  // namespace

void Log::open(const char* directory, u64 maxSize, u64 maxFiles) {
  maxSize_ = maxSize;
  maxFiles_ = maxFiles;
  directory_ = Fd(again(__NR_openat, AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory_) return;
  if (openCurrent() && size_ > 0) repair();
  // An earlier run may have kept more files.
  Line<24> old;
  for (u64 i = maxFiles;; ++i) {
    name(old, i);
    if (sys::call(__NR_unlinkat, directory_.get(), old.text(), 0) < 0) return;
  }
}

bool Log::openCurrent() {
  file_ = Fd(again(__NR_openat, directory_.get(), "current", O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_CREAT, 0600));
  if (!file_) return false;
  i64 end = sys::call(__NR_lseek, file_.get(), 0, kSeekEnd);
  size_ = end < 0 ? 0 : static_cast<u64>(end);
  return true;
}

void Log::repair() {
  if (static_cast<i64>(size_) > kRepairLimit) return;
  i64 at = 0, size = static_cast<i64>(size_);
  while (at < size) {
    u8 header[kHeader];
    if (again(__NR_pread64, file_.get(), header, kHeader, at) != static_cast<i64>(kHeader)) break;
    i64 length = recordLength(header);
    if (length < 0 || at + static_cast<i64>(kHeader) + length > size) break;
    at += static_cast<i64>(kHeader) + length;
  }
  if (at == size) return;
  sys::attempt(__NR_ftruncate, file_.get(), at);
  size_ = static_cast<u64>(at);
}

void Log::rotate() {
  file_.reset();
  Line<24> from, to;
  u64 last = 1;
  while (last + 1 < maxFiles_) {
    name(to, last);
    if (sys::call(__NR_faccessat, directory_.get(), to.text(), 0) < 0) break;
    ++last;
  }
  for (u64 i = maxFiles_ > 1 ? last : 0; i > 0; --i) {
    name(from, i - 1);
    name(to, i);
    sys::attempt(__NR_renameat, directory_.get(), from.text(), directory_.get(), to.text());
  }
  if (maxFiles_ == 1) sys::attempt(__NR_unlinkat, directory_.get(), "current", 0);
  (void)openCurrent();
}

void Log::append(char stream, bool continues, const u8* data, usize n) {
  if (!directory_) return;
  if (maxSize_ && size_ > 0 && size_ + kHeader + n > maxSize_) rotate();
  if (!file_ && !openCurrent()) {
    lost_ += n;
    return;
  }
  u8 header[kHeader];
  writeHeader(header, continues ? static_cast<char>(stream | 0x20) : stream, wallClock(), n);
  iovec parts[2] = {{header, kHeader}, {const_cast<u8*>(data), n}};
  i64 written = again(__NR_writev, file_.get(), parts, 2);
  if (written == static_cast<i64>(kHeader + n)) {
    size_ += kHeader + n;
    return;
  }
  // No half record stays: the reader would take what follows for a part of it.
  lost_ += n;
  if (written > 0) sys::attempt(__NR_ftruncate, file_.get(), size_);
}

}  // namespace gantry
