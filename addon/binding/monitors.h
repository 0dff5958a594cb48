// Starting monitors, and reaching those that run.
#pragma once
#include <napi.h>

namespace gantry::binding {

// (monitor program's path, launch program, descriptors) -> [pid, channel descriptor]
Napi::Value spawnMonitor(const Napi::CallbackInfo& info);
// (run directory) -> channel descriptor
Napi::Value connectMonitor(const Napi::CallbackInfo& info);

}  // namespace gantry::binding
