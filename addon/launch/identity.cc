// Who the program will be: ids, capabilities, limits, system-call filter.
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "launch/context.h"

namespace gantry {

i64 runSetIds(Context& context, const OpSetIds& op) {
  // The capabilities are still needed for what follows; `capabilities` sets them to what they shall be.
  i64 done = sys::call(__NR_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (done >= 0) done = sys::call(__NR_setgroups, op.groups.count, context.program.numbers(op.groups));
  if (done >= 0) done = sys::call(__NR_setresgid, op.gid, op.gid, op.gid);
  if (done >= 0) done = sys::call(__NR_setresuid, op.uid, op.uid, op.uid);
  return done;
}

i64 runDropBounding(Context&, const OpDropBounding& op) {
  for (u64 cap = 0; cap < 64; ++cap) {
    if (op.mask >> cap & 1) continue;
    i64 dropped = sys::call(__NR_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
    if (dropped == kEinval) return 0;  // beyond the last capability of this kernel
    if (dropped < 0) return dropped;
  }
  return 0;
}

i64 runCapabilities(Context&, const OpCapabilities& op) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  for (u32 half = 0; half < 2; ++half) {
    data[half].effective = static_cast<u32>(op.effective >> (32 * half));
    data[half].permitted = static_cast<u32>(op.permitted >> (32 * half));
    data[half].inheritable = static_cast<u32>(op.inheritable >> (32 * half));
  }
  i64 done = sys::call(__NR_capset, &header, data);
  if (done < 0) return done;
  done = sys::call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (u64 cap = 0; done >= 0 && cap < 64; ++cap)
    if (op.ambient >> cap & 1) done = sys::call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
  return done;
}

i64 runRlimit(Context&, const OpRlimit& op) {
  u64 limit[2] = {op.soft, op.hard};
  return sys::call(__NR_prlimit64, 0, op.resource, limit, nullptr);
}

i64 runScheduler(Context&, const OpScheduler& op) {
  struct {
    u32 size, policy;
    u64 flags;
    i32 nice;
    u32 priority;
    u64 runtime, deadline, period;
  } attributes{48, static_cast<u32>(op.policy), op.flags, static_cast<i32>(op.nice), static_cast<u32>(op.priority), op.runtime, op.deadline, op.period};
  return sys::call(__NR_sched_setattr, 0, &attributes, 0);
}

i64 runSeccomp(Context& context, const OpSeccomp& op) {
  sock_fprog program{static_cast<u16>(op.filter.length / sizeof(sock_filter)),
                     reinterpret_cast<sock_filter*>(const_cast<u8*>(context.program.bytes(op.filter)))};
  i64 done = sys::call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, op.flags, &program);
  return done > 0 ? kEinval : done;
}

i64 runParentDeathSignal(Context& context, const OpParentDeathSignal& op) {
  i64 done = sys::call(__NR_prctl, PR_SET_PDEATHSIG, op.signal, 0, 0, 0);
  if (done < 0 || context.sync < 0) return done;
  // The monitor may have died before the call above: then its end of the socket is closed.
  struct {
    i32 fd;
    short events, revents;
  } poll{context.sync, 0, 0};
  u64 zero[2] = {0, 0};
  done = sys::call(__NR_ppoll, &poll, 1, zero, nullptr, 0);
  if (done < 0) return done;
  return poll.revents & 0x10 /* POLLHUP */ ? kEsrch : 0;
}

}  // namespace gantry
