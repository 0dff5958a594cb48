// The kernel's constants and structures that the monitor uses, and those that its headers keep to themselves.
#pragma once
#include <asm/errno.h>
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/socket.h>
#include <asm/termios.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/resource.h>
#include <linux/signalfd.h>
#include <linux/time.h>
#include <linux/uio.h>
#include <linux/un.h>
#include <linux/wait.h>

#include "sys/fd.h"

namespace gantry {

inline constexpr i32 kAfUnix = 1, kSeqpacket = 5;
inline constexpr i32 kMsgDontWait = 0x40, kMsgNoSignal = 0x4000, kMsgTruncated = 0x20, kMsgCloexec = 0x40000000;
inline constexpr i32 kScmRights = 1;
inline constexpr i32 kSeekEnd = 2;
inline constexpr u32 kReadable = 0x001, kUrgent = 0x002, kWritable = 0x004, kError = 0x008, kHangUp = 0x010, kPeerClosed = 0x2000;

// struct msghdr and struct cmsghdr as the kernel reads them on 64-bit machines.
struct MessageVector {
  void* name = nullptr;
  u64 nameLength = 0;
  iovec* parts = nullptr;
  u64 partCount = 0;
  void* control = nullptr;
  u64 controlLength = 0;
  u64 flags = 0;
};
struct ControlHeader {
  u64 length;
  i32 level;
  i32 type;
};
struct Credentials {
  i32 pid;
  u32 uid, gid;
};

// Calls that a signal may interrupt are made again.
template <class... A>
[[nodiscard]] inline i64 again(i64 number, A... args) {
  i64 result;
  do result = sys::call(number, args...);
  while (result == -EINTR);
  return result;
}

}  // namespace gantry
