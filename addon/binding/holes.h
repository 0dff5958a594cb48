// Where a sparse file has bytes.
#pragma once
#include <napi.h>

namespace gantry::binding {

Napi::Value nextData(const Napi::CallbackInfo& info);  // (descriptor, offset) -> where bytes are from there on, -1 when there are none
Napi::Value nextHole(const Napi::CallbackInfo& info);  // (descriptor, offset) -> where they end; the file's end counts as a hole

}  // namespace gantry::binding
