#include "monitor/journal.h"

#include "monitor/kernel.h"
#include "sys/text.h"

namespace gantry {
namespace {

char described[Journal::kMostAttributes + 1];

iovec part(const char* text) { return {const_cast<char*>(text), strlen(text)}; }

}  // namespace

bool Journal::describe(const u8* members, usize n) {
  if (n > kMostAttributes) return false;
  for (usize i = 0; i < n; ++i)
    if (members[i] < 0x20) return false;
  memcpy(described, members, n);
  described[n] = 0;
  attributes_ = described;
  return true;
}

void Journal::append(const char* action, i64 timeNs, const char* more) const {
  if (!settings_.journal[0]) return;
  // Opened each time: the journal is rotated by others.
  Fd fd(again(__NR_openat, AT_FDCWD, settings_.journal, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return;
  const char* attributes = attributes_ ? attributes_ : settings_.attributes;
  Line<64> time;
  time << "{\"timeNs\":\"" << timeNs;
  iovec parts[] = {part(time.text()), part("\",\"type\":\"container\",\"action\":\""), part(action), part("\",\"id\":\""), part(settings_.id),
                   part("\",\"attributes\":{"), part(attributes), part(attributes[0] && more[0] ? "," : ""), part(more), part("}}\n")};
  sys::attempt(__NR_writev, fd.get(), parts, sizeof parts / sizeof *parts);
}

}  // namespace gantry
