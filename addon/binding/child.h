// Starts a program with exactly the descriptors it is given, without forking Node: the child borrows Node's memory until it executes.
#pragma once
#include <sys/types.h>

#include <span>

#include "binding/descriptor.h"
#include "binding/errors.h"

namespace gantry::binding {

struct Started {
  pid_t pid = -1;
  Descriptor pidfd;
};

// Executes the program held by `program`. The i-th of `descriptors` becomes descriptor i of the child, a negative one leaves its number closed, and
// everything above is closed. The child starts with no environment, in /, with every signal blocked and none ignored.
[[nodiscard]] Started startProgram(int program, char* const argv[], std::span<const int> descriptors, Failure& failure);

}  // namespace gantry::binding
