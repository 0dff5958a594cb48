// What the settings section of a program says. The texts point into the program, which stays loaded.
#pragma once
#include "launch/program.h"

namespace gantry {

struct Settings {
  const char* directory = "";  // of state.json
  const char* id = "";
  const char* bootId = "";
  const char* socketDirectory = "";
  const char* journal = "";
  const char* attributes = "";  // JSON members, without braces

  enum Stdin : u64 { None = 0, Open = 1, Once = 2 };
  bool pumped = false;
  bool terminal = false;
  u64 stdin = None;

  const char* logDirectory = "";
  u64 logSize = 0;
  u64 logFiles = 1;

  bool endsWithOwner = false;
  u64 timeoutMs = 0;
  u64 stopSignal = 15;
  u64 stopTimeoutMs = 10000;

  bool hasProbe = false;
  Section probe = Section::Probe;
  u64 intervalMs = 0, probeTimeoutMs = 0, retries = 0, startPeriodMs = 0, startIntervalMs = 0;
  enum Unhealthy : u64 { Nothing = 0, Kill = 1, Restart = 2, Stop = 3 };
  u64 onUnhealthy = Nothing;

  const char* kill = "";
  const char* freeze = "";
  const char* events = "";
  const char* oomCounter = "";
  const char* oomEvents = "";
  char* const* home = nullptr;  // files of the cgroups where a monitor that outlives its starter belongs

  // Known from the other sections:
  bool ownPids = false;         // the child is pid 1 of a namespace of its own: with it everything dies
  bool stateGoes = false;       // teardown deletes the state directory: nobody will read what is written there at the end
};

struct RestartPolicy;

// Reads the settings; false when one of them makes no sense.
[[nodiscard]] bool readSettings(const Program& program, Settings& settings, RestartPolicy& restart);

}  // namespace gantry
