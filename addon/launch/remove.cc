#include "launch/remove.h"

#include <linux/stat.h>

#include "launch/context.h"
#include "sys/memory.h"

namespace gantry {
namespace {

struct Entry {
  u64 inode;
  i64 offset;
  u16 length;
  u8 type;
  char name[];
};

constexpr u8 kDirectoryType = 4;
constexpr i32 kRemoveDirectory = 0x200;

alignas(8) char buffer[16384];

struct Identity {
  u64 device = 0, inode = 0;
  bool operator==(const Identity&) const = default;
};

i64 identify(i32 fd, Identity& identity) {
  struct statx info{};
  i64 done = sys::call(__NR_statx, fd, "", 0x1000 /* AT_EMPTY_PATH */, STATX_INO, &info);
  if (done < 0) return done;
  identity = {static_cast<u64>(info.stx_dev_major) << 32 | info.stx_dev_minor, info.stx_ino};
  return 0;
}

// Empties the open directory as far as it can. 1: a subdirectory has to be emptied first, and `child` is open on it. 0: it is empty.
i64 sweep(i32 directory, RemoveWhat what, Fd& child) {
  i64 rewound = sys::call(__NR_lseek, directory, 0, 0);
  if (rewound < 0) return rewound;
  while (true) {
    i64 n = sys::call(__NR_getdents64, directory, buffer, sizeof buffer);
    if (n <= 0) return n;
    for (i64 at = 0; at < n;) {
      auto* entry = reinterpret_cast<Entry*>(buffer + at);
      at += entry->length;
      if (same(entry->name, ".") || same(entry->name, "..")) continue;
      i64 gone;
      if (entry->type != kDirectoryType) {
        if (what == RemoveWhat::DirectoriesOnly) continue;  // the files of a cgroup go with it
        gone = sys::call(__NR_unlinkat, directory, entry->name, 0);
        if (gone >= 0 || gone == kEnoent) continue;
        if (gone != -21 /* EISDIR */) return gone;
      }
      gone = sys::call(__NR_unlinkat, directory, entry->name, kRemoveDirectory);
      if (gone >= 0 || gone == kEnoent) continue;
      if (gone != kEnotempty && gone != kEbusy) return gone;
      i64 opened = openResolved(directory, entry->name, kDirectory | kNofollow, 0, kBeneath | kNoXdev);
      if (opened < 0) return opened;
      child.reset(static_cast<i32>(opened));
      return 1;
    }
  }
}

}  // namespace

// Goes down into the first directory that is not empty, and up again by "..", which is checked to be where it came down from:
// a directory that was moved meanwhile ends the work instead of leading out of the tree.
i64 removeTree(const char* path, RemoveWhat what) {
  i64 opened = sys::call(__NR_openat, kAtFdcwd, path, kDirectory | kNofollow | kCloexec);
  if (opened == kEnotdir || opened == kEloop) return sys::call(__NR_unlink, path);
  if (opened < 0) return opened;
  Fd current(opened);
  constexpr u32 kRemembered = 4096;  // depths of which the identity is remembered; deeper ones start again from the top
  static Identity parents[kRemembered];
  u32 depth = 0;
  while (true) {
    Fd child;
    i64 state = sweep(current.get(), what, child);
    if (state < 0) return state;
    if (state == 1) {
      if (depth == kRemembered) return kEnametoolong;
      state = identify(current.get(), parents[depth++]);
      if (state < 0) return state;
      current = static_cast<Fd&&>(child);
      continue;
    }
    if (depth == 0) break;
    i64 up = sys::call(__NR_openat, current.get(), "..", kDirectory | kNofollow | kCloexec);
    if (up < 0) return up;
    current.reset(static_cast<i32>(up));
    Identity now;
    state = identify(current.get(), now);
    if (state < 0) return state;
    if (!(now == parents[--depth])) return kExdev;
  }
  current.reset();
  i64 gone = sys::call(__NR_rmdir, path);
  return gone;
}

namespace {

bool leadsTo(i32 directory, const char* name, const char* target) {
  char text[256];
  i64 n = sys::call(__NR_readlinkat, directory, name, text, sizeof text - 1);
  if (n < 0) return false;
  text[n] = 0;
  return same(text, target);
}

}  // namespace

i64 runRemoveLink(const char* path, const char* name, const char* target) {
  Fd directory(sys::call(__NR_openat, kAtFdcwd, path, kDirectory | kNofollow | kCloexec));
  if (!directory) return kEnoent;
  if (leadsTo(directory.get(), name, target)) return sys::call(__NR_unlinkat, directory.get(), name, 0);
  while (true) {
    i64 n = sys::call(__NR_getdents64, directory.get(), buffer, sizeof buffer);
    if (n <= 0) return n;
    for (i64 at = 0; at < n;) {
      auto* entry = reinterpret_cast<Entry*>(buffer + at);
      at += entry->length;
      if (leadsTo(directory.get(), entry->name, target)) return sys::call(__NR_unlinkat, directory.get(), entry->name, 0);
    }
  }
}

i64 runRemoveTree(const char* path) {
  i64 gone = removeTree(path, RemoveWhat::Everything);
  return gone == kEnoent ? 0 : gone;
}

}  // namespace gantry
