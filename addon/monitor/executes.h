// Programs run in the container beside its own: `exec`.
#pragma once
#include "launch/interpreter.h"
#include "monitor/clients.h"
#include "monitor/drains.h"

namespace gantry {

struct Execute {
  Child child;  // pid 0: a free place. Its terminal is kept for the window size
  Requester who;
  bool endsWithClient = false;
  Fd outputs[2];  // the reading ends, held for the time after its client

  // Its program has not been executed yet, and whoever asked has no answer.
  [[nodiscard]] bool launching() const { return static_cast<bool>(child.sync); }
};

class Executes {
 public:
  static constexpr u32 kMost = 64;

  [[nodiscard]] Execute* free();
  [[nodiscard]] Execute* byPid(i64 pid);
  [[nodiscard]] Execute* byRequest(const Requester& client, u32 id);
  // A child has been made for this place: tell who asked when it has executed its program.
  void launched(Loop& loop, Execute& execute);
  // It has something to say of its launch.
  void proceed(Loop& loop, Clients& clients, u32 index);
  // What the container has stopped in its launch goes on.
  void urge();
  // The process has been reaped: tell who asked.
  bool ended(Loop& loop, Clients& clients, i32 pid, i32 status, const rusage& usage);
  // A client has left: what was to end with it ends, what others print is read from now on.
  void clientLeft(Loop& loop, Drains& drains, const Requester& client);
  void killAll();
  // The container is gone, and with it these, whatever they were doing.
  void closeAll(Clients& clients);

 private:
  void settle(Loop& loop, Clients& clients, Execute& execute);

  u32 launching_ = 0;
  Execute table_[kMost];
};

}  // namespace gantry
