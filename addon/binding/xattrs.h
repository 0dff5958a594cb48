// Extended attributes of a descriptor (name null), of a path (followed), or of a name in a directory (never followed).
#pragma once
#include <napi.h>

namespace gantry::binding {

Napi::Value getXattr(const Napi::CallbackInfo& info);     // (descriptor | path, name | null, attribute) -> Buffer, null when there is none
Napi::Value setXattr(const Napi::CallbackInfo& info);     // (descriptor | path, name | null, attribute, bytes)
Napi::Value removeXattr(const Napi::CallbackInfo& info);  // (descriptor | path, name | null, attribute)
Napi::Value listXattr(const Napi::CallbackInfo& info);    // (descriptor | path, name | null) -> Buffer of names, a NUL after each

}  // namespace gantry::binding
