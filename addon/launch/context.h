// What an operation sees while it runs, and the operations themselves: one function an operation, 0 or -errno.
#pragma once
#include "launch/interpreter.h"

namespace gantry {

// What travels between monitor and child. A failure ends the launch.
struct SyncMessage {
  enum Kind : u32 { Nothing = 0, Stage = 1, Failed = 2, Terminal = 3, Slot = 4 } kind;
  u32 value;  // stage, slot or index of the failed operation
  u32 operation;
  i32 error;
};

struct Context {
  const Program& program;
  Slots& slots;
  Child* child = nullptr;  // in the monitor: the child made by clone
  i32 sync = -1;           // in the child: its end of the socket to the monitor
  i32 initStatus = -1;     // in the child: where a built-in init writes the wait status
  bool inChild = false;
  SyncMessage failed{};    // in the monitor: what the child said of its failure

  [[nodiscard]] const char* text(Text t) const { return program.text(t); }
  [[nodiscard]] i32 peer() const { return inChild ? sync : child ? child->sync.get() : -1; }
};

inline constexpr i64 kEperm = -1, kEnoent = -2, kEintr = -4, kEio = -5, kEbadf = -9, kEchild = -10, kEagain = -11, kEacces = -13, kEbusy = -16,
                     kEexist = -17, kExdev = -18, kEnotdir = -20, kEinval = -22, kEnosys = -38, kEnotempty = -39, kEloop = -40,
                     kEnametoolong = -36, kEtimedout = -110, kEnoexec = -8, kEsrch = -3, kEproto = -71, kEnodev = -19, kEopnotsupp = -95;
inline constexpr i32 kAtFdcwd = -100;
inline constexpr u64 kCloexec = 02000000, kPath = 010000000, kDirectory =
#if defined(__aarch64__)
    040000,
#else
    0200000,
#endif
                     kNofollow =
#if defined(__aarch64__)
    0100000;
#else
    0400000;
#endif

// openat2 with the resolve flags of linux/openat2.h.
[[nodiscard]] i64 openResolved(i32 at, const char* path, u64 flags, u64 mode, u64 resolve);
inline constexpr u64 kInRoot = 0x10, kBeneath = 0x08, kNoSymlinks = 0x04, kNoMagiclinks = 0x02, kNoXdev = 0x01;

[[nodiscard]] i64 makeTarget(i32 root, const char* path, u64 kind, u64 mode, i64 uid, i64 gid);
[[nodiscard]] i64 writeAll(i32 fd, const void* data, usize size);
[[nodiscard]] i64 sendSync(i32 fd, const SyncMessage& message, i32 descriptor = -1);
// 0 when the peer has closed; a received descriptor is put into *descriptor.
[[nodiscard]] i64 receiveSync(i32 fd, SyncMessage& message, Fd* descriptor, u64 flags = 0);
// In the monitor: take what the child says until this arrives, or (Nothing) until the child has executed its program. Its failure is kept
// in context.failed.
[[nodiscard]] i64 waitFor(Context& context, SyncMessage::Kind kind, u32 value);

[[nodiscard]] i64 mountOverlayByNames(Context& context, const OpMountOverlay& op);
[[nodiscard]] i64 runRemoveTree(const char* path);
[[nodiscard]] i64 runRemoveLink(const char* directory, const char* name, const char* target);
[[nodiscard]] i64 runRemoveCgroup(const char* path);

#define GANTRY_OPERATION(name) [[nodiscard]] i64 run##name(Context& context, const Op##name& op)
GANTRY_OPERATION(Open);
GANTRY_OPERATION(MakeTarget);
GANTRY_OPERATION(MakeDirectory);
GANTRY_OPERATION(MakeNode);
GANTRY_OPERATION(MakeLink);
GANTRY_OPERATION(WriteFile);
GANTRY_OPERATION(WriteSlot);
GANTRY_OPERATION(MountNew);
GANTRY_OPERATION(MountOverlay);
GANTRY_OPERATION(OpenTree);
GANTRY_OPERATION(MountAttributes);
GANTRY_OPERATION(MoveMount);
GANTRY_OPERATION(AttachMount);
GANTRY_OPERATION(Propagation);
GANTRY_OPERATION(PivotRoot);
GANTRY_OPERATION(ChangeRoot);
GANTRY_OPERATION(MaskPath);
GANTRY_OPERATION(ReadonlyPath);
GANTRY_OPERATION(PassSlot);
GANTRY_OPERATION(TakeSlot);
GANTRY_OPERATION(IdMaps);
GANTRY_OPERATION(ChildNamespace);
GANTRY_OPERATION(JoinNamespace);
GANTRY_OPERATION(FreshNetwork);
GANTRY_OPERATION(Hook);
GANTRY_OPERATION(LoopbackUp);
GANTRY_OPERATION(OpenTerminal);
GANTRY_OPERATION(StandardStreams);
GANTRY_OPERATION(Rlimit);
GANTRY_OPERATION(SetIds);
GANTRY_OPERATION(DropBounding);
GANTRY_OPERATION(Capabilities);
GANTRY_OPERATION(ParentDeathSignal);
GANTRY_OPERATION(Scheduler);
GANTRY_OPERATION(Seccomp);
GANTRY_OPERATION(DeviceProgram);
GANTRY_OPERATION(WorkingDirectory);
GANTRY_OPERATION(Init);
GANTRY_OPERATION(Execute);
#undef GANTRY_OPERATION

}  // namespace gantry
