#include "launch/interpreter.h"

#include <linux/sched.h>

#include "launch/context.h"
#include "sys/memory.h"

namespace gantry {
namespace {

constexpr i32 kSigchld = 17, kSigkill = 9, kSigcont = 18;
constexpr u64 kDontWait = 0x40;  // MSG_DONTWAIT
// How long, in seconds, a child among strangers may stand still before its start has failed.
constexpr u32 kPatience = 10;

i64 runClone(Context& context, const OpClone& op);

i64 dispatch(Context& context, const OperationHeader* header) {
  switch (static_cast<Operation>(header->code)) {
#define CASE(name) \
  case Operation::name: return run##name(context, Program::as<Op##name>(header));
    CASE(Open) CASE(MakeTarget) CASE(MakeDirectory) CASE(MakeNode) CASE(MakeLink) CASE(WriteFile) CASE(WriteSlot)
    CASE(MountNew) CASE(MountOverlay) CASE(OpenTree) CASE(MountAttributes) CASE(MoveMount) CASE(AttachMount)
    CASE(Propagation) CASE(PivotRoot) CASE(ChangeRoot) CASE(MaskPath) CASE(ReadonlyPath) CASE(Clone)
    CASE(PassSlot) CASE(TakeSlot) CASE(IdMaps) CASE(ChildNamespace) CASE(JoinNamespace) CASE(FreshNetwork) CASE(Hook) CASE(LoopbackUp)
    CASE(OpenTerminal) CASE(StandardStreams) CASE(Rlimit) CASE(SetIds) CASE(DropBounding) CASE(Capabilities)
    CASE(ParentDeathSignal) CASE(Scheduler) CASE(Seccomp) CASE(DeviceProgram) CASE(WorkingDirectory) CASE(Init) CASE(Execute)
#undef CASE
    case Operation::Close: context.slots.set(Program::as<OpClose>(header).slot, -1); return 0;
    case Operation::RemoveTree: return runRemoveTree(context.text(Program::as<OpRemoveTree>(header).path));
    case Operation::RemoveCgroup: return runRemoveCgroup(context.text(Program::as<OpRemoveCgroup>(header).path));
    case Operation::RemoveFile: return sys::call(__NR_unlink, context.text(Program::as<OpRemoveFile>(header).path));
    case Operation::RemoveLink: {
      auto& op = Program::as<OpRemoveLink>(header);
      return runRemoveLink(context.text(op.directory), context.text(op.name), context.text(op.target));
    }
    case Operation::RemoveDirectory: return sys::call(__NR_rmdir, context.text(Program::as<OpRemoveDirectory>(header).path));
    case Operation::AwaitPeer: {
      u32 stage = static_cast<u32>(Program::as<OpAwaitPeer>(header).stage);
      if (!context.inChild) return waitFor(context, SyncMessage::Stage, stage);
      SyncMessage message;
      i64 n = receiveSync(context.sync, message, nullptr);
      if (n <= 0) return n < 0 ? n : kEsrch;
      return message.kind == SyncMessage::Stage && message.value == stage ? 0 : kEproto;
    }
    case Operation::SignalPeer: {
      SyncMessage message{SyncMessage::Stage, static_cast<u32>(Program::as<OpSignalPeer>(header).stage), 0, 0};
      return sendSync(context.peer(), message);
    }
    case Operation::Unshare: return sys::call(__NR_unshare, Program::as<OpUnshare>(header).flags);
    case Operation::Hostname: {
      Text name = Program::as<OpHostname>(header).name;
      return sys::call(__NR_sethostname, context.text(name), name.length);
    }
    case Operation::Domainname: {
      Text name = Program::as<OpDomainname>(header).name;
      return sys::call(__NR_setdomainname, context.text(name), name.length);
    }
    case Operation::NewSession: return sys::call(__NR_setsid);
    case Operation::NoNewPrivileges: return sys::call(__NR_prctl, 38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0);
    case Operation::Personality: return sys::call(__NR_personality, Program::as<OpPersonality>(header).persona);
    case Operation::Umask: return sys::call(__NR_umask, Program::as<OpUmask>(header).mask);
    case Operation::IoPriority: return sys::call(__NR_ioprio_set, 1, 0, Program::as<OpIoPriority>(header).value);
    case Operation::CpuAffinity: {
      Text mask = Program::as<OpCpuAffinity>(header).mask;
      return sys::call(__NR_sched_setaffinity, 0, mask.length, context.program.bytes(mask));
    }
    case Operation::CloseRange: return sys::call(__NR_close_range, 3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
    case Operation::Barrier: return 0;
    default: return kEinval;  // a setting of the monitor is not an action
  }
}

bool forgiven(const OperationHeader* header, i64 error) {
  return (header->flags & flag::kIgnoreErrors) || ((header->flags & flag::kIgnoreMissing) && (error == kEnoent || error == kEnotdir));
}

[[noreturn]] void runChild(Context& context, Section section) {
  u32 index = 0;
  for (auto view = context.program.section(section); !view.empty(); view.next(), ++index) {
    auto* header = view.front();
    i64 done = dispatch(context, header);
    if (done >= 0 || forgiven(header, done)) continue;
    SyncMessage message{SyncMessage::Failed, index, header->code, static_cast<i32>(-done)};
    (void)sendSync(context.sync, message);
    sys::attempt(__NR_exit_group, 125);
  }
  // A child section ends with execute; one that does not has nothing to run.
  SyncMessage message{SyncMessage::Failed, index, 0, 22 /* EINVAL */};
  (void)sendSync(context.sync, message);
  while (true) sys::attempt(__NR_exit_group, 125);
}

i64 runClone(Context& context, const OpClone& op) {
  if (!context.child || op.section >= kSections) return kEinval;
  i32 ends[2];
  i64 done = sys::call(__NR_socketpair, 1 /* AF_UNIX */, 5 /* SOCK_SEQPACKET */ | kCloexec, 0, ends);
  if (done < 0) return done;
  Fd ours(ends[0]), theirs(ends[1]);
  Fd statusRead, statusWrite;
  if (op.withInit) {
    done = sys::call(__NR_pipe2, ends, kCloexec);
    if (done < 0) return done;
    statusRead.reset(ends[0]);
    statusWrite.reset(ends[1]);
  }
  Fd ownPids;
  if (op.pidNamespace >= 0) {
    i64 own = sys::call(__NR_openat, kAtFdcwd, "/proc/self/ns/pid", kCloexec);
    if (own < 0) return own;
    ownPids.reset(static_cast<i32>(own));
    u64 second[2] = {1, 0};
    done = sys::call(__NR_setsockopt, ours.get(), 1 /* SOL_SOCKET */, 20 /* SO_RCVTIMEO */, second, sizeof second);
    if (done < 0) return done;
    done = sys::call(__NR_setns, context.slots.get(op.pidNamespace), CLONE_NEWPID);
    if (done < 0) return done;
  }
  i32 pidfd = -1;
  clone_args arguments{};
  arguments.flags = op.flags | CLONE_PIDFD | (op.cgroup >= 0 ? CLONE_INTO_CGROUP : 0);
  arguments.pidfd = reinterpret_cast<u64>(&pidfd);
  arguments.exit_signal = kSigchld;
  arguments.cgroup = op.cgroup >= 0 ? static_cast<u64>(context.slots.get(op.cgroup)) : 0;
  i64 pid = sys::call(__NR_clone3, &arguments, sizeof arguments);
  if (pid == 0) {
    Context child{context.program, context.slots, nullptr, theirs.get(), statusWrite.get(), true};
    ours.reset();
    statusRead.reset();
    runChild(child, static_cast<Section>(op.section));
  }
  if (ownPids) sys::attempt(__NR_setns, ownPids.get(), CLONE_NEWPID);
  if (pid < 0) return pid;
  context.child->pid = static_cast<i32>(pid);
  context.child->pidfd.reset(pidfd);
  context.child->sync = static_cast<Fd&&>(ours);
  context.child->initStatus = static_cast<Fd&&>(statusRead);
  context.child->terminal.reset();
  return 0;
}

void reap(Child& child) {
  if (child.pid == 0) return;
  sys::attempt(__NR_pidfd_send_signal, child.pidfd.get(), kSigkill, nullptr, 0);
  i64 done;
  do done = sys::call(__NR_wait4, child.pid, nullptr, 0x40000000 /* __WALL */, nullptr);
  while (done == kEintr);
  child = Child{};
}

Section childSection(const Program& program, Section section) {
  for (auto view = program.section(section); !view.empty(); view.next())
    if (view.front()->code == static_cast<u16>(Operation::Clone)) return static_cast<Section>(Program::as<OpClone>(view.front()).section);
  return section;
}

Run fail(const Context& context, Section section, u32 index, u16 code, i64 error) {
  const Program& program = context.program;
  Child& child = *context.child;
  Run run;
  run.outcome = Outcome::Failed;
  run.failure = {section, index, static_cast<Operation>(code), static_cast<i32>(-error)};
  SyncMessage message = context.failed;
  // Our own step may have failed because the child had failed before: then its word is the truer one.
  if (message.kind != SyncMessage::Failed && child.sync) {
    while (sys::call(__NR_recvfrom, child.sync.get(), &message, sizeof message, kDontWait, nullptr, nullptr) == sizeof message)
      if (message.kind == SyncMessage::Failed) break;
  }
  if (message.kind == SyncMessage::Failed)
    run.failure = {childSection(program, section), message.value, static_cast<Operation>(message.operation), message.error};
  reap(child);
  return run;
}

Run runFrom(const Program& program, Section section, Program::View view, u32 index, Slots& slots, Child& child, bool wait) {
  Context context{program, slots, &child};
  for (; !view.empty(); view.next(), ++index) {
    auto* header = view.front();
    if (header->code == static_cast<u16>(Operation::Barrier)) {
      view.next();
      return {Outcome::AtBarrier, {}, view, index + 1};
    }
    i64 done = dispatch(context, header);
    if (done >= 0 || forgiven(header, done)) continue;
    return fail(context, section, index, header->code, done);
  }
  if (child.sync) {
    if (!wait) {
      Run launching;
      launching.outcome = Outcome::Launching;
      return launching;
    }
    // The child's end closes when its program has been executed.
    i64 done = waitFor(context, SyncMessage::Nothing, 0);
    if (done < 0) return fail(context, section, index, 0, done);
    child.sync.reset();
  }
  return {};
}

}  // namespace

i64 sendSync(i32 fd, const SyncMessage& message, i32 descriptor) {
  struct {
    u64 length;
    i32 level, type;
    i32 fd, padding;
  } control{20, 1 /* SOL_SOCKET */, 1 /* SCM_RIGHTS */, descriptor, 0};
  u64 vector[2] = {reinterpret_cast<u64>(&message), sizeof message};
  u64 header[7] = {0, 0, reinterpret_cast<u64>(vector), 1, 0, 0, 0};
  if (descriptor >= 0) {
    header[4] = reinterpret_cast<u64>(&control);
    header[5] = 24;
  }
  i64 n;
  do n = sys::call(__NR_sendmsg, fd, header, 0x4000 /* MSG_NOSIGNAL */);
  while (n == kEintr);
  return n < 0 ? n : 0;
}

i64 receiveSync(i32 fd, SyncMessage& message, Fd* descriptor, u64 flags) {
  struct {
    u64 length;
    i32 level, type;
    i32 fd, padding;
  } control{};
  u64 vector[2] = {reinterpret_cast<u64>(&message), sizeof message};
  u64 header[7] = {0, 0, reinterpret_cast<u64>(vector), 1, reinterpret_cast<u64>(&control), sizeof control, 0};
  i64 n;
  do n = sys::call(__NR_recvmsg, fd, header, 0x40000000 /* MSG_CMSG_CLOEXEC */ | flags);
  while (n == kEintr);
  if (n <= 0) return n == -104 /* ECONNRESET */ ? 0 : n;
  if (header[5] >= 20 && control.type == 1) {
    Fd received(control.fd);
    if (descriptor) *descriptor = static_cast<Fd&&>(received);
  }
  return n == sizeof message ? n : kEproto;
}

i64 waitFor(Context& context, SyncMessage::Kind kind, u32 value) {
  Child& child = *context.child;
  for (u32 seconds = 0;;) {
    SyncMessage message;
    Fd descriptor;
    i64 n = receiveSync(child.sync.get(), message, &descriptor);
    if (n == kEagain) {
      // Only among strangers is there a limit: one of them may have stopped it.
      if (++seconds == kPatience) return kEtimedout;
      sys::attempt(__NR_pidfd_send_signal, child.pidfd.get(), kSigcont, nullptr, 0);
      continue;
    }
    if (n < 0) return n;
    if (n == 0) return kind == SyncMessage::Nothing ? 0 : kEsrch;
    if (message.kind == SyncMessage::Terminal) {
      child.terminal = static_cast<Fd&&>(descriptor);
    } else if (message.kind == SyncMessage::Failed) {
      context.failed = message;
      return -static_cast<i64>(message.error);
    } else if (message.kind == kind && message.value == value) {
      return 0;
    } else {
      return kEproto;
    }
  }
}

Run runSection(const Program& program, Section section, Slots& slots, Child& child) {
  return runFrom(program, section, program.section(section), 0, slots, child, true);
}

Run resume(const Program& program, Section section, const Run& at, Slots& slots, Child& child) {
  return runFrom(program, section, at.rest, at.index, slots, child, true);
}

Run launchSection(const Program& program, Section section, Slots& slots, Child& child) {
  return runFrom(program, section, program.section(section), 0, slots, child, false);
}

Run proceed(Section section, Child& child) {
  Run run;
  while (true) {
    SyncMessage message;
    Fd descriptor;
    i64 n = receiveSync(child.sync.get(), message, &descriptor, kDontWait);
    if (n == kEagain) {
      run.outcome = Outcome::Launching;
      return run;
    }
    if (n == 0) {
      child.sync.reset();
      return run;
    }
    if (n > 0 && message.kind == SyncMessage::Terminal) {
      child.terminal = static_cast<Fd&&>(descriptor);
      continue;
    }
    run.outcome = Outcome::Failed;
    bool told = n > 0 && message.kind == SyncMessage::Failed;
    run.failure = {section, told ? message.value : 0, static_cast<Operation>(told ? message.operation : 0), told ? message.error : static_cast<i32>(n < 0 ? -n : -kEproto)};
    reap(child);
    return run;
  }
}

}  // namespace gantry
