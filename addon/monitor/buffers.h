// The large buffers. They cost nothing until they are touched, and a quiet monitor gives them back.
#pragma once
#include "sys/types.h"

namespace gantry::buffers {

inline constexpr usize kChunk = 64 * 1024;
// What the SDK sends at most.
inline constexpr usize kLargestMessage = 256 * 1024;

// What one read of an output gave.
extern u8 chunk[kChunk];

// Where the next message of a client goes. Input that the container has not taken yet stays where it was received: hold() sets that place
// aside, and small messages go to another one meanwhile.
[[nodiscard]] u8* received();
void hold(bool held);

void release();

}  // namespace gantry::buffers
