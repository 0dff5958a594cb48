// Starting monitors, and reaching those that run.
#pragma once
#include <napi.h>

namespace gantry::binding {

// (monitor program's path, launch program, descriptors) -> [pid, channel descriptor]
Napi::Value spawnMonitor(const Napi::CallbackInfo& info);
// (monitor program's path) -> [pid, channel descriptor]: a monitor that waits for its work
Napi::Value spawnWaiting(const Napi::CallbackInfo& info);
// (channel descriptor, launch program, descriptors) -> whether the waiting monitor has it; false when it is not there any more
Napi::Value giveWork(const Napi::CallbackInfo& info);
// (run directory) -> channel descriptor
Napi::Value connectMonitor(const Napi::CallbackInfo& info);

}  // namespace gantry::binding
