// Overlays on kernels that cannot make one from held directories. Before Linux 6.13 layers are given as names, before 6.7 all in one text, and
// before 6.15 a layer has to be mounted in the mount namespace of whoever makes the overlay: a detached, id-mapped clone is refused.
// So a child makes it in a mount namespace of its own, where the clones get a place for as long as it lives, and hands over what it made: the
// overlay keeps private copies of its layers. Nothing of it is ever seen in the machine's mount table.
#include <linux/mount.h>
#include <linux/sched.h>

#include "launch/context.h"
#include "sys/text.h"

namespace gantry {
namespace {

// The one directory that is there for sure. It is covered only in the child's namespace; names are relative to the descriptors' directory.
constexpr const char* kPlace = "/proc";
constexpr u64 kRecursivePrivate = 0x4000 | 1 << 18;  // MS_REC | MS_PRIVATE
constexpr u64 kAtEmptyPath = 0x1000;
using Options = Line<4096>;  // mount(2) takes a page

i64 place(i32 mount) { return sys::call(__NR_move_mount, mount, "", kAtFdcwd, kPlace, MOVE_MOUNT_F_EMPTY_PATH); }

// The same directory by the mounts of this namespace; a copy of a namespace has the same paths.
i64 openAgain(i32 directory) {
  Line<32> link;
  link << directory;
  char path[4096];
  i64 size = sys::call(__NR_readlinkat, kAtFdcwd, link.text(), path, sizeof path - 1);
  if (size < 0) return size;
  path[size] = 0;
  return sys::call(__NR_openat, kAtFdcwd, path, kPath | kDirectory | kCloexec);
}

// A descriptor of the layer by which this namespace reaches it.
i64 reach(i32 layer) { return place(layer) >= 0 ? layer : openAgain(layer); }

i64 addLowers(Options& text, Context& context, List lowers) {
  const u32* slots = context.program.numbers(lowers);
  text << "lowerdir=";
  for (u32 i = 0; i < lowers.count; ++i) {
    i64 layer = reach(context.slots.get(slots[i]));
    if (layer < 0) return layer;
    if (i) text << ':';
    text << layer;
  }
  return 0;
}

// Both are in one directory. Where that is the root of a detached mount (a writable layer in memory), it needs a place as well.
i64 addWritable(Options& text, i32 upper, i32 work) {
  Fd parent(sys::call(__NR_openat, upper, "..", kPath | kDirectory | kCloexec));
  if (!parent) return kEnoent;
  bool placed = place(parent.get()) >= 0;
  i64 reached[] = {placed ? upper : openAgain(upper), placed ? work : openAgain(work)};
  for (i64 one : reached)
    if (one < 0) return one;
  text << ",upperdir=" << reached[0] << ",workdir=" << reached[1];
  return 0;
}

i64 makeHere(Context& context, const OpMountOverlay& op) {
  i64 done = sys::call(__NR_chdir, "/proc/self/fd");
  if (done >= 0) done = sys::call(__NR_mount, nullptr, "/", nullptr, kRecursivePrivate, nullptr);
  if (done < 0) return done;
  Options text;
  done = addLowers(text, context, op.lowers);
  if (done >= 0 && op.upper >= 0) done = addWritable(text, context.slots.get(op.upper), context.slots.get(op.work));
  if (done < 0) return done;
  for (char* const* option = context.program.list(op.options); *option; ++option) text << ',' << *option;
  if (text.full()) return kEnametoolong;
  done = sys::call(__NR_mount, "overlay", kPlace, "overlay", 0, text.text());
  if (done < 0) return done;
  i64 mount = sys::call(__NR_open_tree, kAtFdcwd, kPlace, OPEN_TREE_CLONE | kCloexec);
  if (mount < 0 || op.attributes == 0) return mount;
  mount_attr attr{};
  attr.attr_set = op.attributes;
  done = sys::call(__NR_mount_setattr, static_cast<i32>(mount), "", kAtEmptyPath, &attr, sizeof attr);
  return done < 0 ? done : mount;
}

}  // namespace

i64 mountOverlayByNames(Context& context, const OpMountOverlay& op) {
  i32 ends[2];
  i64 done = sys::call(__NR_socketpair, 1 /* AF_UNIX */, 5 /* SOCK_SEQPACKET */ | kCloexec, 0, ends);
  if (done < 0) return done;
  Fd ours(ends[0]), theirs(ends[1]);
  clone_args arguments{};
  arguments.flags = CLONE_NEWNS;  // without a signal at its end: the monitor's loop does not hear of it
  i64 pid = sys::call(__NR_clone3, &arguments, sizeof arguments);
  if (pid < 0) return pid;
  if (pid == 0) {
    i64 mount = makeHere(context, op);
    SyncMessage message{mount < 0 ? SyncMessage::Failed : SyncMessage::Slot, 0, 0, static_cast<i32>(mount < 0 ? -mount : 0)};
    (void)sendSync(theirs.get(), message, mount < 0 ? -1 : static_cast<i32>(mount));
    while (true) sys::attempt(__NR_exit_group, 0);
  }
  theirs.reset();
  SyncMessage message;
  Fd mount;
  done = receiveSync(ours.get(), message, &mount);
  i64 waited;
  do waited = sys::call(__NR_wait4, static_cast<i32>(pid), nullptr, 0x40000000 /* __WALL */, nullptr);
  while (waited == kEintr);
  if (done <= 0) return done < 0 ? done : kEsrch;
  if (message.kind == SyncMessage::Failed) return -static_cast<i64>(message.error);
  if (!mount) return kEproto;
  context.slots.set(op.slot, mount.release());
  return 0;
}

}  // namespace gantry
