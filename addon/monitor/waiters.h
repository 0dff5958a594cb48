// Requests that are answered later: stop (when the container has ended) and pause (when it is frozen).
#pragma once
#include "monitor/clients.h"

namespace gantry {

class Waiters {
 public:
  enum Kind : u32 { Nothing, Stop, Pause };

  [[nodiscard]] bool add(Kind kind, const Requester& who) {
    for (auto& waiter : table_)
      if (waiter.kind == Nothing) {
        waiter = {kind, who};
        return true;
      }
    return false;
  }
  // error 0: done.
  void answer(Kind kind, Clients& clients, i64 error = 0) {
    for (auto& waiter : table_) {
      if (waiter.kind != kind) continue;
      if (error)
        clients.refuse(waiter.who, error);
      else
        clients.done(waiter.who);
      waiter.kind = Nothing;
    }
  }

 private:
  struct Waiter {
    Kind kind = Nothing;
    Requester who;
  };
  Waiter table_[64];
};

}  // namespace gantry
