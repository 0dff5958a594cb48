// state.json: written whole beside the old one, then exchanged with it. The old one stays as the place for the next, with the block it has: a disk
// that gets full later cannot keep the end of a container from being recorded.
#include "monitor/monitor.h"
#include "sys/text.h"

namespace gantry {
namespace {

using Text = Line<36 * 1024>;
Text text;

Text& boolean(Text& to, const char* name, bool value) { return to << ",\"" << name << "\":" << (value ? "true" : "false"); }

void base64(Text& to, const u8* data, usize n) {
  constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (usize i = 0; i < n; i += 3) {
    u32 three = static_cast<u32>(data[i]) << 16 | (i + 1 < n ? static_cast<u32>(data[i + 1]) << 8 : 0) | (i + 2 < n ? data[i + 2] : 0);
    to << kDigits[three >> 18] << kDigits[three >> 12 & 63] << (i + 1 < n ? kDigits[three >> 6 & 63] : '=') << (i + 2 < n ? kDigits[three & 63] : '=');
  }
}

constexpr const char *kState = "state.json", *kNext = ".state.json";
constexpr i64 kReserved = 4096;  // what a state without a health log fits into
constexpr u32 kExchange = 2;     // RENAME_EXCHANGE

i64 openNext(const Monitor& m) {
  return again(__NR_openat, m.stateDirectory.get(), kNext, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void writeHealth(Text& to, const Health& health, bool withLog) {
  to << ",\"health\":{\"status\":\"" << health.word() << "\",\"failingStreak\":" << health.failingStreak << ",\"log\":[";
  if (!withLog) {
    to << "]}";
    return;
  }
  u32 first = health.results > Health::kKept ? health.results - Health::kKept : 0;
  // While a probe runs, the oldest place is its.
  if (health.running() && health.results >= Health::kKept) ++first;
  for (u32 i = first; i < health.results; ++i) {
    const ProbeResult& result = Health::result(i);
    to << (i > first ? "," : "") << "{\"startNs\":\"" << result.startNs << "\",\"endNs\":\"" << result.endNs << "\",\"exitCode\":" << result.exitCode << ",\"output\":\"";
    base64(to, result.output, result.size);
    to << "\"}";
  }
  to << "]}";
}

void compose(Monitor& m, bool withHealthLog) {
  const Life& life = m.life;
  text.clear();
  text << "{\"version\":1,\"bootId\":\"" << m.settings.bootId << "\",\"status\":\"" << statusWord(m) << "\",\"pid\":" << life.child.pid
       << ",\"startedAtNs\":\"" << life.startedAtNs << "\",\"finishedAtNs\":\"" << life.finishedAtNs << "\",\"exitCode\":" << life.exitCode
       << ",\"signal\":" << life.signal;
  boolean(text, "oomKilled", life.oomKilled);
  boolean(text, "timedOut", life.timedOut);
  text << ",\"restartCount\":" << m.restart.count;
  boolean(text, "stoppedByUser", life.stoppedByUser);
  if (m.health.status != Health::None) writeHealth(text, m.health, withHealthLog);
  if (life.failure.error)
    text << ",\"failure\":{\"section\":" << static_cast<u32>(life.failure.section) << ",\"index\":" << life.failure.index
         << ",\"operation\":" << static_cast<u32>(life.failure.operation) << ",\"errno\":" << life.failure.error << '}';
  if (m.streams.lostBytes()) text << ",\"logLostBytes\":" << m.streams.lostBytes();
  text << "}\n";
}

bool put(const Fd& fd) {
  if (again(__NR_pwrite64, fd.get(), text.text(), text.size(), 0) != static_cast<i64>(text.size())) return false;
  sys::attempt(__NR_ftruncate, fd.get(), text.size());
  return true;
}

i64 reserve(const Monitor& m) {
  i64 opened = openNext(m);
  if (opened < 0) return opened;
  Fd fd(opened);
  i64 done = again(__NR_fallocate, fd.get(), 0, 0, kReserved);
  // A file system that cannot reserve is taken as it is.
  return done == -EOPNOTSUPP ? 0 : done;
}

}  // namespace

const char* statusWord(const Monitor& m) {
  constexpr const char* kWords[] = {"created", "running", "paused", "restarting", "exited"};
  return kWords[static_cast<u32>(m.life.status)];
}

i64 reserveState(Monitor& m) {
  if (!m.stateDirectory) return 0;
  i64 done = reserve(m);
  if (done < 0 || sys::call(__NR_faccessat, m.stateDirectory.get(), kState, 0) == 0) return done;
  // The first takes the place of nothing, so there is none to come back.
  writeState(m);
  return reserve(m);
}

void writeState(Monitor& m) {
  if (!m.stateDirectory) return;
  Fd fd(openNext(m));
  if (!fd) return;
  compose(m, true);
  bool whole = put(fd);
  if (!whole) {
    compose(m, false);
    whole = put(fd);
  }
  // An old truth is better than half of a new one.
  if (!whole) return;
  i32 in = m.stateDirectory.get();
  if (sys::call(__NR_renameat2, in, kNext, in, kState, kExchange) < 0) sys::attempt(__NR_renameat2, in, kNext, in, kState, 0);
}

}  // namespace gantry
