// News of a lack of memory.
#include "monitor/monitor.h"

namespace gantry {

void reportOom(Monitor& m) {
  i64 kills = m.cgroup.oomKills();
  if (kills <= m.life.oomReported) return;
  m.life.oomReported = kills;
  m.clients.news(MsgOom{kills});
  m.journal.append("oom", wallClock());
}

}  // namespace gantry
