// All that a monitor knows, in one object. What it does is in functions of their own files.
#pragma once
#include "monitor/cgroup.h"
#include "monitor/clients.h"
#include "monitor/drains.h"
#include "monitor/executes.h"
#include "monitor/health.h"
#include "monitor/journal.h"
#include "monitor/restart.h"
#include "monitor/streams.h"
#include "monitor/waiters.h"

namespace gantry {

enum class Status : u32 { Created = 0, Running = 1, Paused = 2, Restarting = 3, Exited = 4 };

// One life of the container's first process, and what is known of the last one.
struct Life {
  Status status = Status::Created;
  bool everStarted = false;
  bool atBarrier = false;  // the child waits before its program
  bool freezing = false;
  Run barrier;
  Child child;

  i64 startedAtNs = 0, startedSteady = 0, finishedAtNs = 0;
  i64 exitCode = 0, signal = 0;
  bool oomKilled = false, timedOut = false;
  i64 oomReported = 0;
  bool killedByUs = false;  // then it is not the lack of memory that ended it
  Failure failure{};

  bool stoppedByUser = false;
  bool endWanted = false;      // whatever the policy says, it is not started again by itself
  bool restartWanted = false;  // a user asked to stop it and start it again

  // Someone is there who can be signalled.
  [[nodiscard]] bool alive() const { return child.pid != 0; }
};

struct Monitor {
  Program program;
  Settings settings;
  RestartPolicy restart;
  Slots slots;
  Slots visitors;  // for the launch of an exec or a probe; empty in between
  Loop loop;
  Alarms alarms;
  Clients clients;
  Streams streams{loop, clients};
  Cgroup cgroup{settings};
  Journal journal{settings};
  Waiters waiters;
  Executes executes;
  Drains drains;
  Health health;
  Life life;
  Fd signals;
  Fd stateDirectory;
  bool leaving = false;
};

// lifecycle.cc
void startContainer(Monitor& m, const Requester& who);   // at first, or again
void containerEnded(Monitor& m, i32 status, const rusage& usage);
void finish(Monitor& m);                                 // the last steps; then the monitor leaves
// stop.cc
void stopContainer(Monitor& m, const Requester& who, const MsgStop& how);
void signalContainer(Monitor& m, const Requester& who, const MsgSignal& how);
void killContainer(Monitor& m);
void endBecause(Monitor& m, bool timedOut);              // of the time limit or because the owner has gone
void terminate(Monitor& m);                              // the machine is going down
// pause.cc
void pauseContainer(Monitor& m, const Requester& who);
void resumeContainer(Monitor& m, const Requester& who);
void checkFrozen(Monitor& m);
void thaw(Monitor& m);
// execute.cc
void execute(Monitor& m, const Requester& who, const MsgExecute& how, Fd* descriptors, u32 count);
// Fills the slots of a visitor: /dev/null for the streams that are not given, the container's first process.
void prepareVisitor(Monitor& m);
void forgetVisitor(Monitor& m);
// probe.cc
void startHealth(Monitor& m);
void stopHealth(Monitor& m);
void startProbe(Monitor& m);
void probeTimedOut(Monitor& m);
void readProbe(Monitor& m);
void probeProceeds(Monitor& m);
void urgeProbe(Monitor& m);
bool probeEnded(Monitor& m, i32 pid, i32 status);
// oom.cc, reap.cc, state.cc, requests.cc
void reportOom(Monitor& m);
void reapChildren(Monitor& m);
void writeState(Monitor& m);
[[nodiscard]] i64 reserveState(Monitor& m);              // before the first start: ENOSPC now, not when there is something to record
[[nodiscard]] const char* statusWord(const Monitor& m);
void receiveFrom(Monitor& m, u32 client, u32 events);
void clientGone(Monitor& m, u32 client);

}  // namespace gantry
