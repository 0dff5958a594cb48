// Programs run in the container beside its own: `exec`.
#pragma once
#include "launch/interpreter.h"
#include "monitor/clients.h"

namespace gantry {

struct Execute {
  i32 pid = 0;  // 0: a free place
  Fd pidfd;
  Fd terminal;  // kept for its window size
  Requester who;
  bool endsWithClient = false;
};

class Executes {
 public:
  static constexpr u32 kMost = 64;

  [[nodiscard]] Execute* free();
  [[nodiscard]] Execute* byPid(i64 pid);
  [[nodiscard]] Execute* byRequest(const Requester& client, u32 id);
  // The process has been reaped: tell who asked.
  bool ended(Clients& clients, i32 pid, i32 status);
  // A client has left: what was to end with it ends.
  void clientLeft(const Requester& client);
  void killAll();
  // The container is gone, and with it these, whatever they were doing.
  void closeAll(Clients& clients);

 private:
  Execute table_[kMost];
};

}  // namespace gantry
