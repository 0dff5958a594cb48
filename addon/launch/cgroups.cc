// Cgroups: the device program of v2, and the removal of a cgroup with everything in it.
#include <linux/bpf.h>

#include "launch/context.h"
#include "launch/remove.h"
#include "sys/text.h"

namespace gantry {
namespace {

void sleepMilliseconds(u64 ms) {
  u64 time[2] = {ms / 1000, ms % 1000 * 1000000};
  sys::attempt(__NR_nanosleep, time, nullptr);
}

}  // namespace

i64 runDeviceProgram(Context& context, const OpDeviceProgram& op) {
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<u64>(context.program.bytes(op.instructions));
  load.insn_cnt = op.instructions.length / sizeof(bpf_insn);
  load.license = reinterpret_cast<u64>("Apache-2.0");
  i64 fd = sys::call(__NR_bpf, BPF_PROG_LOAD, &load, sizeof load);
  if (fd < 0) return fd;
  Fd loaded(fd);
  bpf_attr attach{};
  attach.target_fd = static_cast<u32>(context.slots.get(op.cgroup));
  attach.attach_bpf_fd = static_cast<u32>(loaded.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  return sys::call(__NR_bpf, BPF_PROG_ATTACH, &attach, sizeof attach);
}

i64 runRemoveCgroup(const char* path) {
  i64 gone = sys::call(__NR_rmdir, path);
  if (gone >= 0 || gone == kEnoent) return 0;
  // Someone is left, or the container made cgroups of its own below. v2 kills in one write; on v1 the processes died with the pid
  // namespace, and the kernel needs a moment to let go of them.
  Line<4352> kill;
  kill << path << "/cgroup.kill";
  i64 fd = sys::call(__NR_openat, kAtFdcwd, kill.text(), 1 | kCloexec);
  if (fd >= 0) {
    Fd file(fd);
    (void)writeAll(file.get(), "1", 1);
  }
  for (u32 i = 0; i < 200; ++i) {
    gone = removeTree(path, RemoveWhat::DirectoriesOnly);
    if (gone != kEbusy) return gone == kEnoent ? 0 : gone;
    sleepMilliseconds(i < 10 ? 1 : 10);
  }
  return gone;
}

}  // namespace gantry
