// Deletes a tree of any depth with one descriptor and no memory, never leaving it and never crossing a mount.
#pragma once
#include "sys/types.h"

namespace gantry {

enum class RemoveWhat { Everything, DirectoriesOnly };
[[nodiscard]] i64 removeTree(const char* path, RemoveWhat what);

}  // namespace gantry
