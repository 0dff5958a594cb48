#include "monitor/drains.h"

#include "monitor/buffers.h"

namespace gantry {
namespace {

constexpr u32 kReadsATurn = 4;

}  // namespace

void Drains::take(Loop& loop, Fd fd) {
  i64 flags = sys::call(__NR_fcntl, fd.get(), F_GETFL, 0);
  if (flags < 0 || sys::call(__NR_fcntl, fd.get(), F_SETFL, flags | O_NONBLOCK) < 0) return;
  for (u32 i = 0; i < kMost; ++i) {
    if (table_[i]) continue;
    if (loop.add(fd.get(), kReadable, Source::Drain, i) >= 0) table_[i] = static_cast<Fd&&>(fd);
    return;
  }
}

void Drains::readable(Loop& loop, u32 index) {
  if (index >= kMost || !table_[index]) return;
  for (u32 i = 0; i < kReadsATurn; ++i) {
    i64 n = again(__NR_read, table_[index].get(), buffers::chunk, buffers::kChunk);
    if (n > 0) continue;
    if (n == -EAGAIN) return;
    // The end; of a terminal it is EIO.
    loop.remove(table_[index].get());
    return table_[index].reset();
  }
}

}  // namespace gantry
