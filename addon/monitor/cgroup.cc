#include "monitor/cgroup.h"

#include "monitor/files.h"

namespace gantry {
namespace {

constexpr i64 kSigkill = 9;

bool isVersion1(const char* freeze) { return endsWith(freeze, "freezer.state"); }

}  // namespace

void Cgroup::kill() const {
  if (endsWith(settings_.kill, "cgroup.kill"))
    (void)writeSmall(settings_.kill, "1");
  else if (settings_.kill[0] || settings_.freeze[0])
    (void)signal(kSigkill);
}

i64 Cgroup::signal(i64 number) const {
  if (number != kSigkill) {
    i64 reached = eachProcess(number);
    return reached < 0 ? reached : 0;
  }
  // Without cgroup.kill a process can fork while we read the list: until the list is empty, or holds only what cannot die.
  i64 reached = 0;
  for (u32 i = 0; i < 32; ++i) {
    reached = eachProcess(number);
    if (reached <= 0) break;
  }
  return reached < 0 ? reached : 0;
}

// How many processes got the signal, or -errno.
i64 Cgroup::eachProcess(i64 number) const {
  const char* any = settings_.kill[0] ? settings_.kill : settings_.freeze[0] ? settings_.freeze : settings_.events;
  if (!any[0]) return -EOPNOTSUPP;
  Path path;
  sibling(path, any, "cgroup.procs");
  i64 opened = again(__NR_openat, AT_FDCWD, path.text(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return opened;
  Fd fd(opened);
  char text[1024];
  i64 reached = 0;
  i64 pid = 0;
  i64 n;
  while ((n = again(__NR_read, fd.get(), text, sizeof text)) > 0)
    for (i64 i = 0; i < n; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
        continue;
      }
      // 0: a process outside our own pid namespace.
      if (pid > 0 && sys::call(__NR_kill, pid, number) == 0) ++reached;
      pid = 0;
    }
  return n < 0 ? n : reached;
}

i64 Cgroup::freeze(bool frozen) const {
  if (!settings_.freeze[0]) return -EOPNOTSUPP;
  i64 written = isVersion1(settings_.freeze) ? writeSmall(settings_.freeze, frozen ? "FROZEN" : "THAWED") : writeSmall(settings_.freeze, frozen ? "1" : "0");
  return written < 0 ? written : 0;
}

bool Cgroup::isFrozen() const {
  char text[256];
  if (isVersion1(settings_.freeze)) return readSmall(settings_.freeze, text, sizeof text) > 0 && startsWith(text, "FROZEN");
  Path path;
  if (settings_.events[0])
    path << settings_.events;
  else
    sibling(path, settings_.freeze, "cgroup.events");
  return readSmall(path.text(), text, sizeof text) > 0 && numberOf(text, "frozen") == 1;
}

i64 Cgroup::counter() const {
  char text[512];
  if (!settings_.oomCounter[0] || readSmall(settings_.oomCounter, text, sizeof text) < 0) return -1;
  return numberOf(text, "oom_kill");
}

i64 Cgroup::oomKills() const {
  i64 now = counter();
  return now < oomBase_ ? 0 : now - oomBase_;
}

void Cgroup::watchMemory(Loop& loop, bool fresh) {
  oomBase_ = fresh ? 0 : counter();
  if (oomBase_ < 0) oomBase_ = 0;
  if (!settings_.oomEvents[0]) return;
  if (!endsWith(settings_.oomEvents, "cgroup.event_control")) {
    // v2: a change of memory.events is an urgent event of the open file.
    oomEvent_ = Fd(again(__NR_openat, AT_FDCWD, settings_.oomEvents, O_RDONLY | O_CLOEXEC));
    if (!oomEvent_) return;
    readEvent();
    (void)loop.add(oomEvent_.get(), kUrgent, Source::Oom);
    return;
  }
  Fd control(again(__NR_openat, AT_FDCWD, settings_.oomCounter, O_RDONLY | O_CLOEXEC));
  oomEvent_ = Fd(sys::call(__NR_eventfd2, 0, O_CLOEXEC | O_NONBLOCK));
  if (!control || !oomEvent_) return;
  Line<64> line;
  line << oomEvent_.get() << ' ' << control.get();
  if (writeSmall(settings_.oomEvents, line.text()) < 0) return oomEvent_.reset();
  (void)loop.add(oomEvent_.get(), kReadable, Source::Oom);
}

void Cgroup::readEvent() const {
  char text[512];
  (void)again(__NR_pread64, oomEvent_.get(), text, sizeof text, 0);
  (void)again(__NR_read, oomEvent_.get(), text, sizeof text);
}

void Cgroup::forgetMemory(Loop& loop) {
  if (oomEvent_) loop.remove(oomEvent_.get());
  oomEvent_.reset();
}

}  // namespace gantry
