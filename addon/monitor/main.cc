// gantry-monitor: parent and guardian of one container.
#include <linux/close_range.h>
#include <linux/prctl.h>

#include "monitor/buffers.h"
#include "monitor/monitor.h"
#include "sys/memory.h"

namespace gantry {
namespace {

constexpr i32 kOwnerDescriptor = 3, kProgramDescriptor = 4, kFirstSlotDescriptor = 5;
constexpr u64 kWatchedSignals = 1ul << (SIGCHLD - 1) | 1ul << (SIGTERM - 1);

i64 number(const char* text) {
  i64 value = 0;
  for (; *text >= '0' && *text <= '9' && value < 100000; ++text) value = value * 10 + (*text - '0');
  return *text ? -1 : value;
}

void becomeMonitor() {
  sys::attempt(__NR_prctl, PR_SET_NAME, "gantry-monitor", 0, 0, 0);
  sys::attempt(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  sys::attempt(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  sys::attempt(__NR_setsid);
  sys::attempt(__NR_chdir, "/");
  sys::attempt(__NR_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC);
  u64 all = ~0ul;
  sys::attempt(__NR_rt_sigprocmask, SIG_SETMASK, &all, nullptr, 8);
}

// A job of run(): its owner holds its pipes and a channel to us from the start.
bool isJob(const Settings& settings) { return settings.endsWithOwner && !settings.pumped && settings.stateGoes; }

bool listen(Monitor& m) { return !m.settings.socketDirectory[0] || m.clients.listen(m.loop, m.settings.socketDirectory) >= 0; }

// Others can see a job and speak with it once it has run for a moment. Most are over before, and make no socket and no state on the disk.
void showJob(Monitor& m) {
  if (isJob(m.settings)) (void)listen(m);
  writeState(m);
}

// Started with its work: the program and the slots are descriptors it inherits. A number that is closed means an empty slot.
bool inheritWork(Monitor& m, const char* count, Fd& program) {
  i64 slots = count ? number(count) : 0;
  if (slots < 0 || slots > slot::kCount) return false;
  for (i64 i = 0; i < slots; ++i)
    if (sys::call(__NR_fcntl, kFirstSlotDescriptor + i, F_GETFD, 0) >= 0) m.slots.set(i, kFirstSlotDescriptor + i);
  program.reset(kProgramDescriptor);
  return true;
}

// Started ahead of its work: makes ready what every container needs, and waits for one message with the program and the slots' descriptors; its bytes
// are the numbers of the slots. An owner that closes the channel does not need us any more.
bool awaitWork(Monitor& m, Fd& program) {
  sys::attempt(__NR_prctl, PR_SET_NAME, "gantry-waiting", 0, 0, 0);
  (void)makeNetworkAhead(m.slots);  // what fails here fails again, and is reported, when a program asks for it
  u32 numbers[slot::kCount];
  struct {
    ControlHeader header;
    i32 descriptors[slot::kCount + 1];
  } control;
  iovec bytes{numbers, sizeof numbers};
  MessageVector message;
  message.parts = &bytes;
  message.partCount = 1;
  message.control = &control;
  message.controlLength = sizeof control;
  i64 size = again(__NR_recvmsg, kOwnerDescriptor, &message, kMsgCloexec);
  if (size <= 0) sys::attempt(__NR_exit_group, 0);
  constexpr u64 kControlTruncated = 0x08;
  if (message.controlLength < sizeof(ControlHeader) || (message.flags & (kMsgTruncated | kControlTruncated))) return false;
  u64 count = (control.header.length - sizeof(ControlHeader)) / sizeof(i32);
  program.reset(control.descriptors[0]);
  for (u64 i = 1; i < count; ++i) {
    Fd received(control.descriptors[i]);
    if (i - 1 < static_cast<u64>(size) / sizeof(u32)) m.slots.set(numbers[i - 1], received.release());
  }
  sys::attempt(__NR_prctl, PR_SET_NAME, "gantry-monitor", 0, 0, 0);
  return true;
}

bool prepare(Monitor& m, int argc, char** argv) {
  Fd file;
  // Before anything else is opened.
  bool given = argc > 1 && same(argv[1], "wait") ? awaitWork(m, file) : inheritWork(m, argc > 1 ? argv[1] : nullptr, file);
  if (!given) return false;
  Fd owner(kOwnerDescriptor);
  if (m.loop.open() < 0 || m.clients.adopt(m.loop, owner, true) < 0) return false;
  if (m.program.load(file.get()) < 0 || !readSettings(m.program, m.settings, m.restart)) return false;
  file.reset();
  m.signals = Fd(sys::call(__NR_signalfd4, -1, &kWatchedSignals, 8, O_CLOEXEC | O_NONBLOCK));
  if (!m.signals || m.loop.add(m.signals.get(), kReadable, Source::Signals) < 0) return false;
  if (m.settings.directory[0]) m.stateDirectory = Fd(again(__NR_openat, AT_FDCWD, m.settings.directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!isJob(m.settings) && !listen(m)) return false;
  m.streams.configure(m.settings);
  return true;
}

void takeSignals(Monitor& m) {
  signalfd_siginfo info[4];
  bool terminated = false;
  i64 n;
  while ((n = again(__NR_read, m.signals.get(), info, sizeof info)) > 0) {
    for (i64 i = 0; i < n / static_cast<i64>(sizeof info[0]); ++i) terminated |= info[i].ssi_signo == SIGTERM;
    if (n < static_cast<i64>(sizeof info)) break;
  }
  reapChildren(m);
  if (terminated && !m.leaving) terminate(m);
}

void ring(Monitor& m, Alarm alarm) {
  switch (alarm) {
    case Alarm::Timeout: return endBecause(m, true);
    case Alarm::Grace: return killContainer(m);
    case Alarm::Restart: return startContainer(m, {});
    case Alarm::Probe: return startProbe(m);
    case Alarm::ProbeTimeout: return probeTimedOut(m);
    case Alarm::Freeze: return checkFrozen(m);
    case Alarm::Oom: return reportOom(m);
    case Alarm::Idle: return buffers::release();
    case Alarm::State: return showJob(m);
    case Alarm::Count: return;
  }
}

void handle(Monitor& m, const Ready& ready) {
  switch (ready.source) {
    case Source::Signals: return takeSignals(m);
    case Source::Listener: return m.clients.accept(m.loop);
    case Source::Client:
      if (ready.index < Clients::kMost && m.clients.at(ready.index).fd && m.clients.at(ready.index).generation == ready.generation)
        receiveFrom(m, ready.index, ready.events);
      return;
    case Source::Output: return m.streams.pump(ready.index);
    case Source::Input: return m.streams.inputWritable();
    case Source::Probe: return readProbe(m);
    case Source::Execute: return m.executes.proceed(m.loop, m.clients, ready.index);
    case Source::ProbeLaunch: return probeProceeds(m);
    case Source::Drain: return m.drains.readable(m.loop, ready.index);
    case Source::Oom:
      // The kernel says so before it has counted the kill.
      m.cgroup.readEvent();
      if (!m.alarms.isSet(Alarm::Oom)) m.alarms.setIn(Alarm::Oom, 20 * kMillisecond);
      return;
  }
}

bool serve(Monitor& m) {
  while (!m.leaving) {
    i64 n = m.loop.wait(m.alarms.millisecondsToNext());
    if (n < 0) return false;
    for (i64 i = 0; i < n && !m.leaving; ++i) handle(m, m.loop.ready(i));
    if (m.streams.takeBusy() && !m.alarms.isSet(Alarm::Idle)) m.alarms.setIn(Alarm::Idle, 5 * kSecond);
    while (!m.leaving) {
      Alarm due = m.alarms.takeDue();
      if (due == Alarm::Count) break;
      ring(m, due);
    }
  }
  return true;
}

}  // namespace
}  // namespace gantry

int monitorMain(int argc, char** argv) {
  using namespace gantry;
  becomeMonitor();
  Monitor m;
  if (!prepare(m, argc, argv)) {
    m.clients.news(MsgFailed{static_cast<i64>(Section::Settings), 0, 0, EBADMSG});
    return 1;
  }
  if (serve(m)) return 0;
  // The loop cannot wait any more: better no container than one without a guardian.
  killContainer(m);
  finish(m);
  return 1;
}
