// Bytes in anonymous memory files: a launch program for a monitor, and the monitor's own program, sealed so that nothing that enters a container
// can change what the next start executes (CVE-2019-5736).
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "binding/descriptor.h"
#include "binding/errors.h"

namespace gantry::binding {

// A memory file that holds the bytes; its offset is 0.
[[nodiscard]] Descriptor memoryFile(const char* name, std::span<const uint8_t> bytes, Failure& failure);

// A sealed, executable copy of a file.
[[nodiscard]] Descriptor sealedProgram(const std::string& path, Failure& failure);

}  // namespace gantry::binding
