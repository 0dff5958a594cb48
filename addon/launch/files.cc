// Operations on files. A path inside a root is resolved by openat2 with RESOLVE_IN_ROOT, and what was found is held by descriptor.
#include <linux/openat2.h>

#include "launch/context.h"
#include "sys/memory.h"

namespace gantry {
namespace {

constexpr usize kPathMax = 4096;
constexpr u64 kWronly = 1, kCreat = 0100, kExcl = 0200;

i64 own(i32 at, const char* name, i64 uid, i64 gid) {
  if (uid < 0 && gid < 0) return 0;
  return sys::call(__NR_fchownat, at, name, uid, gid, 0x100 /* AT_SYMLINK_NOFOLLOW */);
}

// Splits a path into the descriptor of its parent (resolved in the root) and its last name.
struct Parent {
  Fd directory;
  char name[256];
  i64 open(i32 root, const char* path) {
    usize n = strlen(path);
    while (n > 1 && path[n - 1] == '/') --n;
    usize slash = n;
    while (slash > 0 && path[slash - 1] != '/') --slash;
    if (n == slash || n - slash >= sizeof name || slash >= kPathMax) return kEinval;
    memcpy(name, path + slash, n - slash);
    name[n - slash] = 0;
    if (same(name, "..") || same(name, ".")) return kEinval;
    char prefix[kPathMax];
    memcpy(prefix, path, slash);
    prefix[slash] = 0;
    i64 fd = makeTarget(root, slash ? prefix : ".", 0, 0755, -1, -1);
    if (fd < 0) return fd;
    directory.reset(static_cast<i32>(fd));
    return 0;
  }
};

}  // namespace

i64 openResolved(i32 at, const char* path, u64 flags, u64 mode, u64 resolve) {
  open_how how{};
  how.flags = flags | kCloexec;
  how.mode = mode;
  how.resolve = resolve;
  i64 fd;
  int tries = 0;  // EAGAIN: something was renamed during the walk
  do fd = sys::call(__NR_openat2, at, path, &how, sizeof how);
  while (fd == kEintr || (fd == kEagain && ++tries < 128));
  return fd;
}

i64 makeTarget(i32 root, const char* path, u64 kind, u64 mode, i64 uid, i64 gid) {
  const u64 kResolve = kInRoot | kNoMagiclinks | (kind == 3 ? kNoSymlinks : 0);
  i64 found = openResolved(root, path, kPath, 0, kResolve);
  if (found != kEnoent || kind == 2) return found;
  usize n = strlen(path);
  if (n >= kPathMax) return kEnametoolong;
  char prefix[kPathMax];
  Fd parent(openResolved(root, ".", kPath | kDirectory, 0, kResolve));
  if (!parent) return kEbadf;
  usize at = 0;
  while (true) {
    while (path[at] == '/') ++at;
    if (!path[at]) return parent.release();
    usize end = at;
    while (path[end] && path[end] != '/') ++end;
    usize rest = end;
    while (path[rest] == '/') ++rest;
    bool last = path[rest] == 0;
    memcpy(prefix, path, end);
    prefix[end] = 0;
    i64 next = openResolved(root, prefix, kPath, 0, kResolve);
    if (next == kEnoent) {
      // The parent is held, the name is one component: nothing is followed.
      const char* name = prefix + at;
      i64 made;
      if (last && kind == 1) {
        made = sys::call(__NR_openat, parent.get(), name, kWronly | kCreat | kExcl | kNofollow | kCloexec, mode ? mode : 0644);
        if (made >= 0) Fd closing(made);
      } else {
        made = sys::call(__NR_mkdirat, parent.get(), name, last && mode ? mode : 0755);
      }
      if (made < 0 && made != kEexist) return made;
      if (made >= 0) {
        i64 owned = own(parent.get(), name, uid, gid);
        if (owned < 0) return owned;
      }
      next = openResolved(root, prefix, kPath, 0, kResolve);
    }
    if (next < 0) return next;
    parent.reset(static_cast<i32>(next));
    if (last) return parent.release();
    at = end;
  }
}

i64 writeAll(i32 fd, const void* data, usize size) {
  i64 n;
  do n = sys::call(__NR_write, fd, data, size);
  while (n == kEintr);
  return n < 0 ? n : static_cast<usize>(n) == size ? 0 : kEio;
}

i64 runOpen(Context& context, const OpOpen& op) {
  i64 fd = openResolved(context.slots.directory(op.at), context.text(op.path), op.flags, op.mode, op.resolve);
  if (fd < 0) return fd;
  context.slots.set(op.slot, fd);
  return 0;
}

i64 runMakeTarget(Context& context, const OpMakeTarget& op) {
  i64 fd = makeTarget(context.slots.get(op.root), context.text(op.path), op.kind, op.mode, op.uid, op.gid);
  if (fd < 0) return fd;
  context.slots.set(op.slot, fd);
  return 0;
}

i64 runMakeDirectory(Context& context, const OpMakeDirectory& op) {
  i32 at = context.slots.directory(op.at);
  i64 made = sys::call(__NR_mkdirat, at, context.text(op.path), op.mode);
  if (made == kEexist) return 0;
  return made < 0 ? made : own(at, context.text(op.path), op.uid, op.gid);
}

i64 runMakeNode(Context& context, const OpMakeNode& op) {
  Parent parent;
  i64 opened = parent.open(context.slots.get(op.root), context.text(op.path));
  if (opened < 0) return opened;
  i64 made = sys::call(__NR_mknodat, parent.directory.get(), parent.name, op.mode, op.device);
  return made < 0 ? made : own(parent.directory.get(), parent.name, op.uid, op.gid);
}

i64 runMakeLink(Context& context, const OpMakeLink& op) {
  Parent parent;
  i64 opened = parent.open(context.slots.get(op.root), context.text(op.path));
  if (opened < 0) return opened;
  i64 made = sys::call(__NR_symlinkat, context.text(op.target), parent.directory.get(), parent.name);
  return made == kEexist ? 0 : made;
}

i64 runWriteFile(Context& context, const OpWriteFile& op) {
  i64 opened = openResolved(context.slots.directory(op.at), context.text(op.path), kWronly, 0, op.resolve);
  if (opened < 0) return opened;
  Fd file(opened);
  return writeAll(file.get(), context.program.bytes(op.bytes), op.bytes.length);
}

i64 runWriteSlot(Context& context, const OpWriteSlot& op) {
  return writeAll(context.slots.get(op.slot), context.program.bytes(op.bytes), op.bytes.length);
}

}  // namespace gantry
