// The start of an exec.
#include "monitor/monitor.h"

namespace gantry {
namespace {

i64 duplicate(i32 fd) { return sys::call(__NR_fcntl, fd, F_DUPFD_CLOEXEC, 3); }

}  // namespace

void prepareVisitor(Monitor& m) {
  for (i64 i = slot::kStdin; i <= slot::kStderr; ++i)
    if (m.visitors.get(i) < 0) m.visitors.set(i, duplicate(0));
  m.visitors.set(slot::kInit, duplicate(m.life.child.pidfd.get()));
}

void forgetVisitor(Monitor& m) {
  for (i64 i = 0; i < slot::kFirstFree; ++i) m.visitors.set(i, -1);
  m.visitors.closeFree();
}

void execute(Monitor& m, const Requester& who, const MsgExecute& how, Fd* descriptors, u32 count) {
  if (m.life.status == Status::Paused || m.life.freezing) return m.clients.refuse(who, EBUSY);
  if (m.life.status != Status::Running) return m.clients.refuse(who, ESRCH);
  if (count == 0) return m.clients.refuse(who, EBADMSG);
  Execute* place = m.executes.free();
  if (!place) return m.clients.refuse(who, EAGAIN);
  Program program;
  if (i64 loaded = program.load(descriptors[0].get()); loaded < 0) return m.clients.refuse(who, loaded);

  for (u32 i = 1; i < count && i <= 3; ++i) m.visitors.set(slot::kStdin + i - 1, descriptors[i].release());
  prepareVisitor(m);
  Child child;
  Run run = launchSection(program, Section::Setup, m.visitors, child);
  forgetVisitor(m);
  if (run.outcome == Outcome::Failed)
    return m.clients.reply(who, MsgFailed{static_cast<i64>(run.failure.section), run.failure.index, static_cast<i64>(run.failure.operation), run.failure.error});
  if (run.outcome != Outcome::Launching) {
    // It has no child, or a barrier, which has no meaning here.
    if (child.pid) sys::attempt(__NR_pidfd_send_signal, child.pidfd.get(), SIGKILL, nullptr, 0);
    return m.clients.refuse(who, EBADMSG);
  }
  place->child = static_cast<Child&&>(child);
  place->who = who;
  place->endsWithClient = how.lifetime != 0;
  if (!place->endsWithClient)
    for (u32 i = 4; i < count && i <= 5; ++i) place->outputs[i - 4] = static_cast<Fd&&>(descriptors[i]);
  m.executes.launched(m.loop, *place);
}

}  // namespace gantry
