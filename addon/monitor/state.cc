// state.json: written whole beside the old one, then put in its place.
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

void writeHealth(Text& to, const Health& health) {
  to << ",\"health\":{\"status\":\"" << health.word() << "\",\"failingStreak\":" << health.failingStreak << ",\"log\":[";
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

}  // namespace

const char* statusWord(const Monitor& m) {
  constexpr const char* kWords[] = {"created", "running", "paused", "restarting", "exited"};
  return kWords[static_cast<u32>(m.life.status)];
}

void writeState(Monitor& m) {
  if (!m.stateDirectory) return;
  const Life& life = m.life;
  text.clear();
  text << "{\"version\":1,\"bootId\":\"" << m.settings.bootId << "\",\"status\":\"" << statusWord(m) << "\",\"pid\":" << life.child.pid
       << ",\"startedAtNs\":\"" << life.startedAtNs << "\",\"finishedAtNs\":\"" << life.finishedAtNs << "\",\"exitCode\":" << life.exitCode
       << ",\"signal\":" << life.signal;
  boolean(text, "oomKilled", life.oomKilled);
  boolean(text, "timedOut", life.timedOut);
  text << ",\"restartCount\":" << m.restart.count;
  boolean(text, "stoppedByUser", life.stoppedByUser);
  if (m.health.status != Health::None) writeHealth(text, m.health);
  if (life.failure.error)
    text << ",\"failure\":{\"section\":" << static_cast<u32>(life.failure.section) << ",\"index\":" << life.failure.index
         << ",\"operation\":" << static_cast<u32>(life.failure.operation) << ",\"errno\":" << life.failure.error << '}';
  if (m.streams.lostBytes()) text << ",\"logLostBytes\":" << m.streams.lostBytes();
  text << "}\n";

  constexpr const char* kTemporary = ".state.json";
  Fd fd(again(__NR_openat, m.stateDirectory.get(), kTemporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return;
  i64 written = again(__NR_write, fd.get(), text.text(), text.size());
  // A disk that is full keeps the state it had: an old truth is better than half of a new one.
  if (written != static_cast<i64>(text.size()))
    sys::attempt(__NR_unlinkat, m.stateDirectory.get(), kTemporary, 0);
  else
    sys::attempt(__NR_renameat, m.stateDirectory.get(), kTemporary, m.stateDirectory.get(), "state.json");
}

}  // namespace gantry
