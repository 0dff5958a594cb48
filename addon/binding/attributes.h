// What a file is: status, owner, mode, times. None of these follows a symbolic link, unless status is told to; an empty name means the held
// file itself.
#pragma once
#include <napi.h>

namespace gantry::binding {

// (directory, name, follow, Float64Array, BigInt64Array) -> false when there is no such file. Fills the arrays: an object of fourteen members
// costs more to make from here than the system call.
Napi::Value statusAt(const Napi::CallbackInfo& info);
Napi::Value ownerAt(const Napi::CallbackInfo& info);  // (directory, name, uid, gid)
Napi::Value modeAt(const Napi::CallbackInfo& info);   // (directory, name, mode)
Napi::Value timesAt(const Napi::CallbackInfo& info);  // (directory, name, accessed, modified): bigints, ns since the epoch

}  // namespace gantry::binding
