// Namespaces, id maps, the terminal, hooks, and the last steps before the program runs.
#include "launch/context.h"
#include "sys/memory.h"
#include "sys/text.h"

namespace gantry {
namespace {

constexpr u64 kReadWrite = 2, kNoctty = 0400;
constexpr i64 kTiocgptpeer = 0x5441, kTiocsptlck = 0x40045431, kTiocswinsz = 0x5414, kTiocsctty = 0x540E;
constexpr u64 kDevptsMagic = 0x1cd1;

i64 writeProc(i32 pid, const char* name, const void* data, usize size) {
  Line<64> path;
  path << "/proc/" << pid << '/' << name;
  i64 fd = sys::call(__NR_openat, kAtFdcwd, path.text(), 1 | kCloexec);
  if (fd < 0) return fd;
  Fd file(fd);
  return writeAll(file.get(), data, size);
}

i64 duplicate(Context& context, i32 from, i64 slotIndex) {
  i64 copy = sys::call(__NR_fcntl, from, 1030 /* F_DUPFD_CLOEXEC */, 3);
  if (copy >= 0) context.slots.set(slotIndex, copy);
  return copy;
}

}  // namespace

i64 runIdMaps(Context& context, const OpIdMaps& op) {
  if (!context.child) return kEinval;
  i32 pid = context.child->pid;
  i64 done = op.setgroups ? 0 : writeProc(pid, "setgroups", "deny", 4);
  if (done >= 0) done = writeProc(pid, "gid_map", context.program.bytes(op.gidMap), op.gidMap.length);
  if (done >= 0) done = writeProc(pid, "uid_map", context.program.bytes(op.uidMap), op.uidMap.length);
  return done;
}

i64 runChildNamespace(Context& context, const OpChildNamespace& op) {
  if (!context.child) return kEinval;
  Line<64> path;
  path << "/proc/" << context.child->pid << "/ns/" << context.text(op.name);
  i64 fd = sys::call(__NR_openat, kAtFdcwd, path.text(), kCloexec);
  if (fd < 0) return fd;
  context.slots.set(op.slot, fd);
  return 0;
}

i64 runJoinNamespace(Context& context, const OpJoinNamespace& op) {
  return sys::call(__NR_setns, context.slots.get(op.slot), op.flags);
}

i64 runPassSlot(Context& context, const OpPassSlot& op) {
  SyncMessage message{SyncMessage::Slot, static_cast<u32>(op.slot), 0, 0};
  return sendSync(context.peer(), message, context.slots.get(op.slot));
}

i64 runTakeSlot(Context& context, const OpTakeSlot& op) {
  SyncMessage message;
  Fd descriptor;
  i64 n = receiveSync(context.sync, message, &descriptor);
  if (n <= 0) return n < 0 ? n : kEsrch;
  if (message.kind != SyncMessage::Slot || message.value != static_cast<u64>(op.slot) || !descriptor) return kEproto;
  context.slots.set(op.slot, descriptor.release());
  return 0;
}

namespace {

i64 bringLoopbackUp() {
  i64 fd = sys::call(__NR_socket, 2 /* AF_INET */, 2 | kCloexec, 0);
  if (fd < 0) return fd;
  Fd socket(fd);
  struct {
    char name[16];
    short flags;
    char rest[22];
  } request{"lo", 0x1 | 0x40 /* IFF_UP | IFF_RUNNING */, {}};
  return sys::call(__NR_ioctl, socket.get(), 0x8914 /* SIOCSIFFLAGS */, &request);
}

i64 openOwnNetwork() { return sys::call(__NR_openat, kAtFdcwd, "/proc/self/ns/net", kCloexec); }

}  // namespace

i64 makeNetworkAhead(Slots& slots) {
  constexpr u64 kNewNet = 0x40000000;
  i64 opened = openOwnNetwork();
  if (opened < 0) return opened;
  Fd own(opened);
  i64 done = sys::call(__NR_unshare, kNewNet);
  if (done < 0) return done;
  done = bringLoopbackUp();
  opened = openOwnNetwork();
  i64 back = sys::call(__NR_setns, own.get(), kNewNet);
  Fd fresh(opened);
  if (done < 0 || opened < 0 || back < 0) return done < 0 ? done : opened < 0 ? opened : back;
  slots.set(slot::kNetwork, fresh.release());
  return 0;
}

i64 runFreshNetwork(Context& context, const OpFreshNetwork& op) {
  if (context.slots.get(slot::kNetwork) < 0) {
    i64 made = makeNetworkAhead(context.slots);
    if (made < 0) return made;
  }
  context.slots.set(op.slot, context.slots.take(slot::kNetwork));
  return 0;
}

i64 runLoopbackUp(Context&, const OpLoopbackUp&) { return bringLoopbackUp(); }

i64 runOpenTerminal(Context& context, const OpOpenTerminal& op) {
  i64 fd = openResolved(context.slots.get(op.root), "dev/pts/ptmx", kReadWrite | kNoctty, 0, kInRoot | kNoMagiclinks | kNoSymlinks);
  if (fd < 0) return fd;
  Fd master(fd);
  u64 filesystem[16] = {};
  i64 done = sys::call(__NR_fstatfs, master.get(), filesystem);
  if (done < 0) return done;
  if (filesystem[0] != kDevptsMagic) return kEnodev;  // a file of the image in the place of the device
  i32 unlocked = 0;
  done = sys::call(__NR_ioctl, master.get(), kTiocsptlck, &unlocked);
  if (done < 0) return done;
  fd = sys::call(__NR_ioctl, master.get(), kTiocgptpeer, kReadWrite | kNoctty | kCloexec);
  if (fd < 0) return fd;
  Fd slave(fd);
  if (op.rows || op.columns) {
    u16 size[4] = {static_cast<u16>(op.rows), static_cast<u16>(op.columns), 0, 0};
    done = sys::call(__NR_ioctl, master.get(), kTiocswinsz, size);
    if (done < 0) return done;
  }
  if (op.uid >= 0) {
    done = sys::call(__NR_fchown, slave.get(), op.uid, op.gid);
    if (done < 0) return done;
  }
  if (op.bindConsole) {
    i64 target = makeTarget(context.slots.get(op.root), "dev/console", 1, 0600, -1, -1);
    if (target < 0) return target;
    Fd console(target);
    fd = sys::call(__NR_open_tree, slave.get(), "", 1 /* OPEN_TREE_CLONE */ | kCloexec | 0x1000);
    if (fd < 0) return fd;
    Fd mount(fd);
    done = sys::call(__NR_move_mount, mount.get(), "", console.get(), "", 0x4 | 0x40);
    if (done < 0) return done;
  }
  done = sys::call(__NR_ioctl, slave.get(), kTiocsctty, 0);
  if (done < 0) return done;
  for (i64 i = 0; i < 3; ++i) {
    done = duplicate(context, slave.get(), i);
    if (done < 0) return done;
  }
  SyncMessage message{SyncMessage::Terminal, 0, 0, 0};
  return sendSync(context.sync, message, master.get());
}

i64 runStandardStreams(Context& context, const OpStandardStreams&) {
  for (i32 i = 0; i < 3; ++i) {
    i32 from = context.slots.get(i);
    if (from < 0) continue;
    i64 done = sys::call(__NR_dup3, from, i, 0);
    if (done < 0) return done;
  }
  return 0;
}

i64 runWorkingDirectory(Context& context, const OpWorkingDirectory& op) {
  i64 done = sys::call(__NR_chdir, context.text(op.path));
  if (done < 0) return done;
  // A directory outside the root (by a leaked descriptor, say) has no path from it: the kernel writes "(unreachable)".
  char path[4096];
  done = sys::call(__NR_getcwd, path, sizeof path);
  if (done < 0) return done;
  return path[0] == '/' ? 0 : kEacces;
}

i64 runHook(Context& context, const OpHook& op) {
  i32 ends[2];
  i64 done = sys::call(__NR_pipe2, ends, kCloexec);
  if (done < 0) return done;
  Fd reading(ends[0]), writing(ends[1]);
  i64 pid = sys::raw(__NR_clone, 17 /* SIGCHLD */, 0, 0, 0, 0);
  if (pid < 0) return pid;
  if (pid == 0) {
    u64 none = 0;
    sys::attempt(__NR_dup3, reading.get(), 0, 0);
    sys::attempt(__NR_close_range, 3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
    sys::attempt(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &none, nullptr, 8);
    i64 failed = sys::call(__NR_execve, context.text(op.path), context.program.list(op.argv), context.program.list(op.env));
    sys::attempt(__NR_exit_group, failed == kEnoent ? 127 : 126);
  }
  reading.reset();
  i64 opened = sys::call(__NR_pidfd_open, pid, 0);
  Fd pidfd(opened);
  // The state is known but for the pid, which takes the place of "@PID@".
  const char* state = context.text(op.state);
  const char* at = state;
  while (*at && !startsWith(at, "@PID@")) ++at;
  Line<24> number;
  number << (context.child ? context.child->pid : 0);
  bool fed = writeAll(writing.get(), state, static_cast<usize>(at - state)) >= 0;
  if (fed && *at) fed = writeAll(writing.get(), number.text(), number.size()) >= 0 && writeAll(writing.get(), at + 5, strlen(at + 5)) >= 0;
  writing.reset();
  struct {
    i32 fd;
    short events, revents;
  } poll{pidfd.get(), 1, 0};
  u64 limit[2] = {op.timeoutMs / 1000, op.timeoutMs % 1000 * 1000000};
  i64 ready = sys::call(__NR_ppoll, &poll, 1, op.timeoutMs ? limit : nullptr, nullptr, 0);
  if (ready == 0) sys::attempt(__NR_kill, pid, 9);
  i32 status = 0;
  done = sys::call(__NR_wait4, pid, &status, 0, nullptr);
  if (ready == 0) return kEtimedout;
  return done < 0 ? done : status ? kEchild : 0;
}

i64 runExecute(Context& context, const OpExecute& op) {
  // A handler cannot be inherited over exec, but an ignored signal can: Node ignores SIGPIPE, nohup SIGHUP.
  for (i32 signal = 1; signal < 32; ++signal) {
    u64 action[4] = {0, 0, 0, 0};
    sys::attempt(__NR_rt_sigaction, signal, action, nullptr, 8);
  }
  u64 none = 0;
  sys::attempt(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &none, nullptr, 8);
  i64 worst = kEnoent;
  for (char* const* path = context.program.list(op.candidates); *path; ++path) {
    i64 failed = sys::call(__NR_execve, *path, context.program.list(op.argv), context.program.list(op.env));
    if (failed == kEnoent || failed == kEnotdir) continue;
    worst = failed;
    if (failed != kEacces) break;
  }
  return worst;
}

}  // namespace gantry
