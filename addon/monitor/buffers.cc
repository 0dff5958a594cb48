#include "monitor/buffers.h"

#include "sys/call.h"

namespace gantry::buffers {
namespace {

alignas(4096) u8 usual[kLargestMessage];
alignas(4096) u8 second[kLargestMessage];
bool usualIsHeld = false;

void giveBack(u8* buffer, usize size) {
  constexpr i32 kDontNeed = 4;
  sys::attempt(__NR_madvise, buffer, size, kDontNeed);
}

}  // namespace

alignas(4096) u8 chunk[kChunk];

u8* received() { return usualIsHeld ? second : usual; }

void hold(bool held) { usualIsHeld = held; }

void release() {
  giveBack(chunk, sizeof chunk);
  giveBack(second, sizeof second);
  if (!usualIsHeld) giveBack(usual, sizeof usual);
}

}  // namespace gantry::buffers
