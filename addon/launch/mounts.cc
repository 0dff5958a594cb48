// Mounts, by the descriptor-based mount API: a mount is made detached, then attached to a held directory or file.
#include <linux/mount.h>
#include <linux/stat.h>

#include "launch/context.h"

namespace gantry {
namespace {

constexpr u64 kAtEmptyPath = 0x1000, kAtRecursive = 0x8000;

i64 openTree(i32 at, const char* path, bool recursive) {
  u64 flags = OPEN_TREE_CLONE | kCloexec | (*path ? 0 : kAtEmptyPath) | (recursive ? kAtRecursive : 0);
  return sys::call(__NR_open_tree, at, path, flags);
}

i64 setAttributes(i32 mount, u64 set, u64 clear, u64 propagation, bool recursive, i32 userns) {
  mount_attr attr{};
  attr.attr_set = set | (userns >= 0 ? MOUNT_ATTR_IDMAP : 0);
  attr.attr_clr = clear;
  attr.propagation = propagation;
  attr.userns_fd = userns >= 0 ? static_cast<u64>(userns) : 0;
  return sys::call(__NR_mount_setattr, mount, "", kAtEmptyPath | (recursive ? kAtRecursive : 0), &attr, sizeof attr);
}

i64 attach(i32 mount, i32 target) {
  return sys::call(__NR_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

i64 configure(i32 fs, u32 command, const char* key, const void* value, i64 aux) {
  return sys::call(__NR_fsconfig, fs, command, key, value, aux);
}

// "key=value" or "flag"
i64 configureOption(i32 fs, const char* option) {
  char key[256];
  usize n = 0;
  while (option[n] && option[n] != '=' && n + 1 < sizeof key) key[n] = option[n], ++n;
  key[n] = 0;
  if (option[n] == '=') return configure(fs, FSCONFIG_SET_STRING, key, option + n + 1, 0);
  return option[n] ? kEinval : configure(fs, FSCONFIG_SET_FLAG, key, nullptr, 0);
}

i64 configureOptions(i32 fs, char* const* options) {
  for (; *options; ++options) {
    i64 set = configureOption(fs, *options);
    if (set < 0) return set;
  }
  return 0;
}

i64 finishMount(i32 fs, u64 attributes) {
  i64 created = configure(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  if (created < 0) return created;
  return sys::call(__NR_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
}

i64 configureLayer(i32 fs, const char* key, i32 directory) { return configure(fs, FSCONFIG_SET_FD, key, nullptr, directory); }

i64 configureLowers(i32 fs, Context& context, const OpMountOverlay& op) {
  const u32* lowers = context.program.numbers(op.lowers);
  for (u32 i = 0; i < op.lowers.count; ++i) {
    i64 set = configureLayer(fs, "lowerdir+", context.slots.get(lowers[i]));
    if (set < 0) return set;
  }
  return 0;
}

i64 mountOverlayByDescriptors(Context& context, const OpMountOverlay& op) {
  Fd fs(sys::call(__NR_fsopen, "overlay", FSOPEN_CLOEXEC));
  if (!fs) return kEnodev;
  i64 set = configure(fs.get(), FSCONFIG_SET_STRING, "source", "overlay", 0);
  if (set >= 0) set = configureLowers(fs.get(), context, op);
  if (set >= 0 && op.upper >= 0) set = configureLayer(fs.get(), "upperdir", context.slots.get(op.upper));
  if (set >= 0 && op.work >= 0) set = configureLayer(fs.get(), "workdir", context.slots.get(op.work));
  if (set >= 0) set = configureOptions(fs.get(), context.program.list(op.options));
  if (set < 0) return set;
  i64 mount = finishMount(fs.get(), op.attributes);
  if (mount < 0) return mount;
  context.slots.set(op.slot, mount);
  return 0;
}

}  // namespace

i64 runMountNew(Context& context, const OpMountNew& op) {
  Fd fs(sys::call(__NR_fsopen, context.text(op.type), FSOPEN_CLOEXEC));
  if (!fs) return kEnodev;
  if (*context.text(op.source)) {
    i64 set = configure(fs.get(), FSCONFIG_SET_STRING, "source", context.text(op.source), 0);
    if (set < 0) return set;
  }
  i64 set = configureOptions(fs.get(), context.program.list(op.options));
  if (set < 0) return set;
  i64 mount = finishMount(fs.get(), op.attributes);
  if (mount < 0) return mount;
  context.slots.set(op.slot, mount);
  return 0;
}

i64 runMountOverlay(Context& context, const OpMountOverlay& op) {
  static bool byNames = false;  // what this kernel wants, once it is known
  if (!byNames) {
    i64 done = mountOverlayByDescriptors(context, op);
    // By how they refuse: EOPNOTSUPP before 6.5, EBADF (no O_PATH) before 6.13, EINVAL (layers that are mounted nowhere) before 6.15.
    if (done != kEopnotsupp && done != kEbadf && done != kEinval) return done;
  }
  i64 done = mountOverlayByNames(context, op);
  if (done >= 0) byNames = true;
  return done;
}

i64 runOpenTree(Context& context, const OpOpenTree& op) {
  i64 fd = openTree(context.slots.directory(op.at), context.text(op.path), op.recursive != 0);
  if (fd < 0) return fd;
  context.slots.set(op.slot, fd);
  return 0;
}

i64 runMountAttributes(Context& context, const OpMountAttributes& op) {
  return setAttributes(context.slots.get(op.slot), op.set, op.clear, op.propagation, op.recursive != 0, context.slots.get(op.userns));
}

i64 runMoveMount(Context& context, const OpMoveMount& op) {
  return attach(context.slots.get(op.slot), context.slots.get(op.target));
}

i64 runAttachMount(Context& context, const OpAttachMount& op) {
  return sys::call(__NR_move_mount, context.slots.get(op.slot), "", kAtFdcwd, context.text(op.path), MOVE_MOUNT_F_EMPTY_PATH);
}

i64 runPropagation(Context& context, const OpPropagation& op) {
  return sys::call(__NR_mount, nullptr, context.text(op.path), nullptr, op.flags, nullptr);
}

i64 runPivotRoot(Context& context, const OpPivotRoot& op) {
  i64 done = sys::call(__NR_fchdir, context.slots.get(op.slot));
  // The new root lies over the old one; then the old one, which "." still names, is let go.
  if (done >= 0) done = sys::call(__NR_pivot_root, ".", ".");
  if (done >= 0) done = sys::call(__NR_umount2, ".", 2 /* MNT_DETACH */);
  if (done >= 0) done = sys::call(__NR_chdir, "/");
  return done;
}

i64 runChangeRoot(Context& context, const OpChangeRoot& op) {
  i64 done = sys::call(__NR_fchdir, context.slots.get(op.slot));
  if (done >= 0) done = sys::call(__NR_chroot, ".");
  return done;
}

i64 runMaskPath(Context& context, const OpMaskPath& op) {
  i64 target = openResolved(context.slots.get(op.root), context.text(op.path), kPath, 0, kInRoot | kNoMagiclinks);
  if (target < 0) return target;
  Fd held(target);
  struct statx info{};
  i64 known = sys::call(__NR_statx, held.get(), "", kAtEmptyPath, STATX_TYPE, &info);
  if (known < 0) return known;
  bool directory = (info.stx_mode & 0170000) == 0040000;
  i64 cover = openTree(context.slots.get(directory ? op.empty : op.null_), "", false);
  if (cover < 0) return cover;
  Fd mount(cover);
  if (directory) {
    i64 set = setAttributes(mount.get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0, 0, false, -1);
    if (set < 0) return set;
  }
  return attach(mount.get(), held.get());
}

i64 runReadonlyPath(Context& context, const OpReadonlyPath& op) {
  i64 target = openResolved(context.slots.get(op.root), context.text(op.path), kPath, 0, kInRoot | kNoMagiclinks);
  if (target < 0) return target;
  Fd held(target);
  i64 clone = openTree(held.get(), "", true);
  if (clone < 0) return clone;
  Fd mount(clone);
  i64 set = setAttributes(mount.get(), MOUNT_ATTR_RDONLY, 0, 0, true, -1);
  return set < 0 ? set : attach(mount.get(), held.get());
}

}  // namespace gantry
