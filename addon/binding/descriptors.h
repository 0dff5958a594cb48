// Small calls about descriptors and processes.
#pragma once
#include <napi.h>

namespace gantry::binding {

Napi::Value makePipe(const Napi::CallbackInfo& info);         // () -> [read end, write end]
Napi::Value makeSocketPair(const Napi::CallbackInfo& info);   // () -> [end, end]
Napi::Value makeMemoryFile(const Napi::CallbackInfo& info);   // (name, bytes) -> descriptor
Napi::Value closeDescriptor(const Napi::CallbackInfo& info);  // (descriptor)
Napi::Value duplicateDescriptor(const Napi::CallbackInfo& info);  // (descriptor) -> descriptor
Napi::Value lockFile(const Napi::CallbackInfo& info);         // (descriptor, operation of flock) -> whether it was had
Napi::Value copyRange(const Napi::CallbackInfo& info);        // (from, to, bytes) -> bytes copied
Napi::Value syncFilesystem(const Napi::CallbackInfo& info);   // (fd) -> promise
Napi::Value peerCredentials(const Napi::CallbackInfo& info);  // (socket) -> [pid, uid, gid]
Napi::Value openPidfd(const Napi::CallbackInfo& info);        // (pid) -> descriptor
Napi::Value signalPidfd(const Napi::CallbackInfo& info);      // (pidfd, signal)

}  // namespace gantry::binding
