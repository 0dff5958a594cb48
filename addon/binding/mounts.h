// Mounts that have no place in any directory tree: held by a descriptor, gone when it is closed.
#pragma once
#include <napi.h>

namespace gantry::binding {

// (lowers, top first; upper | null; work | null; read-only; more options: "key=value" or "flag") -> descriptor
Napi::Value mountOverlay(const Napi::CallbackInfo& info);

}  // namespace gantry::binding
