#include "binding/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <vector>

#include "binding/arguments.h"
#include "binding/descriptor.h"
#include "binding/environment.h"
#include "binding/errors.h"

namespace gantry::binding {

// A rename or a mount anywhere on the machine while `..` or a link is resolved makes openat2 say EAGAIN: it could not prove that it stayed inside.
Napi::Value openIn(const Napi::CallbackInfo& info) {
  constexpr int kTries = 128;
  auto path = fileName(info[1]);
  if (!path) return info.Env().Undefined();
  open_how how{};
  how.flags = unsignedInteger(info, 2) | O_CLOEXEC;
  how.mode = unsignedInteger(info, 3);
  how.resolve = unsignedInteger(info, 4);
  long fd = -1;
  for (int i = 0; i < kTries; ++i) {
    fd = syscall(SYS_openat2, integer(info, 0), path->c_str(), &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return resultOf(info.Env(), fd, "openat2", *path);
}

Napi::Value makeDirectoryAt(const Napi::CallbackInfo& info) {
  auto name = fileName(info[1]);
  if (!name) return info.Env().Undefined();
  return doneOf(info.Env(), mkdirat(integer(info, 0), name->c_str(), unsignedInteger(info, 2)), "mkdirat", *name);
}

Napi::Value makeNodeAt(const Napi::CallbackInfo& info) {
  auto name = fileName(info[1]);
  if (!name) return info.Env().Undefined();
  auto device = static_cast<dev_t>(longInteger(info, 3));
  return doneOf(info.Env(), mknodat(integer(info, 0), name->c_str(), unsignedInteger(info, 2), device), "mknodat", *name);
}

Napi::Value makeLinkAt(const Napi::CallbackInfo& info) {
  auto target = fileName(info[0]);
  auto name = target ? fileName(info[2]) : std::nullopt;
  if (!name) return info.Env().Undefined();
  return doneOf(info.Env(), symlinkat(target->c_str(), integer(info, 1), name->c_str()), "symlinkat", *name);
}

Napi::Value linkAt(const Napi::CallbackInfo& info) {
  auto from = fileName(info[1]);
  auto to = from ? fileName(info[3]) : std::nullopt;
  if (!to) return info.Env().Undefined();
  int flags = from->empty() ? AT_EMPTY_PATH : 0;
  int result = linkat(integer(info, 0), from->c_str(), integer(info, 2), to->c_str(), flags);
  return doneOf(info.Env(), result, "linkat", *to);
}

Napi::Value unlinkAt(const Napi::CallbackInfo& info) {
  auto name = fileName(info[1]);
  if (!name) return info.Env().Undefined();
  int result = unlinkat(integer(info, 0), name->c_str(), boolean(info, 2) ? AT_REMOVEDIR : 0);
  return doneOf(info.Env(), result, "unlinkat", *name);
}

Napi::Value renameAt(const Napi::CallbackInfo& info) {
  auto from = fileName(info[1]);
  auto to = from ? fileName(info[3]) : std::nullopt;
  if (!to) return info.Env().Undefined();
  long result = syscall(SYS_renameat2, integer(info, 0), from->c_str(), integer(info, 2), to->c_str(), unsignedInteger(info, 4));
  return doneOf(info.Env(), result, "renameat2", *from);
}

Napi::Value readLinkAt(const Napi::CallbackInfo& info) {
  auto name = fileName(info[1]);
  if (!name) return info.Env().Undefined();
  char target[PATH_MAX];
  ssize_t size = readlinkat(integer(info, 0), name->c_str(), target, sizeof target);
  if (size < 0) return throwSystemError(info.Env(), errno, "readlinkat", *name);
  return Napi::Buffer<char>::Copy(info.Env(), target, static_cast<size_t>(size));
}

namespace {

// An entry as the kernel lays it out.
struct Entry {
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

// Some file systems leave the type to stat.
uint8_t typeOf(int directory, const Entry& entry) {
  struct stat status;
  if (entry.type != DT_UNKNOWN) return entry.type;
  if (fstatat(directory, entry.name, &status, AT_SYMLINK_NOFOLLOW) < 0) return DT_UNKNOWN;
  return IFTODT(status.st_mode);
}

}  // namespace

// Entries as one Buffer, which JavaScript cuts: a byte of type, a byte of length (a name has at most 255), the name. A buffer for each name would
// cost more than the whole rest.
Napi::Value readDirectory(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  // An open of its own: the caller's may be O_PATH, or in use by another reader, with whom it would share the position.
  Descriptor directory(openat(integer(info, 0), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return throwSystemError(env, errno, "openat", ".");
  std::vector<uint8_t> packed;
  uint8_t* buffer = Environment::of(env).scratch();
  for (;;) {
    long size = syscall(SYS_getdents64, directory.get(), buffer, Environment::kScratchBytes);
    if (size < 0) return throwSystemError(env, errno, "getdents64");
    if (size == 0) break;
    for (long at = 0; at < size;) {
      const auto& entry = *reinterpret_cast<const Entry*>(buffer + at);
      at += entry.size;
      std::string_view name(entry.name);
      if (name == "." || name == "..") continue;
      packed.push_back(typeOf(directory.get(), entry));
      packed.push_back(static_cast<uint8_t>(name.size()));
      packed.insert(packed.end(), name.begin(), name.end());
    }
  }
  return Napi::Buffer<uint8_t>::Copy(env, packed.data(), packed.size());
}

}  // namespace gantry::binding
