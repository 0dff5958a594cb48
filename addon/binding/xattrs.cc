#include "binding/xattrs.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "binding/arguments.h"
#include "binding/descriptor.h"
#include "binding/errors.h"

namespace gantry::binding {
namespace {

// A path that means the file. For a descriptor it leads through /proc, which works for O_PATH descriptors too, and for one that holds a symbolic
// link it ends at the link itself.
struct Target {
  Descriptor held;
  std::string path;
  std::string name;  // for messages
};

std::string pathOf(int fd) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return path;
}

std::optional<Target> targetOf(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber()) {
    auto path = fileName(info[0]);
    if (!path) return std::nullopt;
    return Target{{}, *path, *path};
  }
  int fd = integer(info, 0);
  if (info[1].IsNull()) return Target{{}, pathOf(fd), {}};
  auto name = fileName(info[1]);
  if (!name) return std::nullopt;
  Descriptor held(openat(fd, name->c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!held) {
    throwSystemError(info.Env(), errno, "openat", *name);
    return std::nullopt;
  }
  std::string path = pathOf(held.get());
  return Target{std::move(held), std::move(path), *name};
}

// A value or a list may grow between the call that asks for its size and the one that reads it.
template <typename Read>
std::optional<std::vector<uint8_t>> readAll(Read read) {
  std::vector<uint8_t> value(256);
  for (;;) {
    ssize_t size = read(value.data(), value.size());
    if (size >= 0) {
      value.resize(static_cast<size_t>(size));
      return value;
    }
    if (errno != ERANGE) return std::nullopt;
    size = read(nullptr, 0);
    if (size < 0) return std::nullopt;
    value.resize(static_cast<size_t>(size) + 256);
  }
}

}  // namespace

Napi::Value getXattr(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto target = targetOf(info);
  auto attribute = target ? fileName(info[2]) : std::nullopt;
  if (!attribute) return env.Undefined();
  auto value = readAll([&](void* to, size_t size) { return getxattr(target->path.c_str(), attribute->c_str(), to, size); });
  if (!value && errno == ENODATA) return env.Null();
  if (!value) return throwSystemError(env, errno, "getxattr", target->name);
  return Napi::Buffer<uint8_t>::Copy(env, value->data(), value->size());
}

Napi::Value setXattr(const Napi::CallbackInfo& info) {
  auto target = targetOf(info);
  auto attribute = target ? fileName(info[2]) : std::nullopt;
  if (!attribute) return info.Env().Undefined();
  auto value = bytes(info[3]);
  int result = setxattr(target->path.c_str(), attribute->c_str(), value.data(), value.size(), 0);
  return doneOf(info.Env(), result, "setxattr", target->name);
}

Napi::Value removeXattr(const Napi::CallbackInfo& info) {
  auto target = targetOf(info);
  auto attribute = target ? fileName(info[2]) : std::nullopt;
  if (!attribute) return info.Env().Undefined();
  return doneOf(info.Env(), removexattr(target->path.c_str(), attribute->c_str()), "removexattr", target->name);
}

Napi::Value listXattr(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto target = targetOf(info);
  if (!target) return env.Undefined();
  auto names = readAll([&](void* to, size_t size) { return listxattr(target->path.c_str(), static_cast<char*>(to), size); });
  if (!names) return throwSystemError(env, errno, "listxattr", target->name);
  return Napi::Buffer<uint8_t>::Copy(env, names->data(), names->size());
}

}  // namespace gantry::binding
