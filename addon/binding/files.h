// Files by a held directory and a name: no call here walks a path that somebody else could have changed meanwhile.
#pragma once
#include <napi.h>

namespace gantry::binding {

Napi::Value openIn(const Napi::CallbackInfo& info);         // (root, path, flags, mode, resolve) -> descriptor
Napi::Value makeDirectoryAt(const Napi::CallbackInfo& info);  // (directory, name, mode)
Napi::Value makeNodeAt(const Napi::CallbackInfo& info);     // (directory, name, mode, device)
Napi::Value makeLinkAt(const Napi::CallbackInfo& info);     // (target, directory, name): a symbolic one
Napi::Value linkAt(const Napi::CallbackInfo& info);         // (from directory, from, to directory, to)
Napi::Value unlinkAt(const Napi::CallbackInfo& info);       // (directory, name, whether it is a directory)
Napi::Value renameAt(const Napi::CallbackInfo& info);       // (from directory, from, to directory, to, flags)
Napi::Value readLinkAt(const Napi::CallbackInfo& info);     // (directory, name) -> Buffer
Napi::Value readDirectory(const Napi::CallbackInfo& info);  // (directory) -> Buffer of entries

}  // namespace gantry::binding
