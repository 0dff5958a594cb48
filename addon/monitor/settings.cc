#include "monitor/settings.h"

#include <linux/sched.h>

#include "monitor/files.h"
#include "monitor/restart.h"

namespace gantry {
namespace {

bool apply(const Program& program, const OperationHeader* header, Settings& s, RestartPolicy& restart) {
  switch (static_cast<Operation>(header->code)) {
    case Operation::MonitorState: {
      auto& op = Program::as<OpMonitorState>(header);
      s.directory = program.text(op.directory);
      s.id = program.text(op.id);
      s.bootId = program.text(op.bootId);
      return true;
    }
    case Operation::MonitorSocket:
      s.socketDirectory = program.text(Program::as<OpMonitorSocket>(header).directory);
      return true;
    case Operation::MonitorJournal: {
      auto& op = Program::as<OpMonitorJournal>(header);
      s.journal = program.text(op.path);
      s.attributes = program.text(op.attributes);
      return true;
    }
    case Operation::MonitorStreams: {
      auto& op = Program::as<OpMonitorStreams>(header);
      s.pumped = op.mode == 1;
      s.stdin = op.stdin;
      s.terminal = op.terminal != 0;
      return op.mode <= 1 && op.stdin <= Settings::Once;
    }
    case Operation::MonitorLog: {
      auto& op = Program::as<OpMonitorLog>(header);
      s.logDirectory = program.text(op.directory);
      s.logSize = op.maxSize;
      s.logFiles = op.maxFiles ? op.maxFiles : 1;
      return op.maxFiles <= 100000;
    }
    case Operation::MonitorLifetime: {
      auto& op = Program::as<OpMonitorLifetime>(header);
      s.endsWithOwner = op.process == 1;
      s.timeoutMs = op.timeoutMs;
      if (op.stopSignal) s.stopSignal = op.stopSignal;
      s.stopTimeoutMs = op.stopTimeoutMs;
      return op.stopSignal <= 64;
    }
    case Operation::MonitorRestart: {
      auto& op = Program::as<OpMonitorRestart>(header);
      restart.kind = static_cast<RestartPolicy::Kind>(op.policy);
      restart.maximum = op.maximum;
      restart.count = static_cast<u32>(op.count);
      return op.policy <= RestartPolicy::UnlessStopped;
    }
    case Operation::MonitorHealth: {
      auto& op = Program::as<OpMonitorHealth>(header);
      s.hasProbe = true;
      s.probe = static_cast<Section>(op.section);
      s.intervalMs = op.intervalMs ? op.intervalMs : 30000;
      s.probeTimeoutMs = op.timeoutMs ? op.timeoutMs : 30000;
      s.retries = op.retries ? op.retries : 3;
      s.startPeriodMs = op.startPeriodMs;
      s.startIntervalMs = op.startIntervalMs ? op.startIntervalMs : 5000;
      s.onUnhealthy = op.onUnhealthy;
      return op.section < kSections && op.onUnhealthy <= Settings::Stop;
    }
    case Operation::MonitorCgroups: {
      auto& op = Program::as<OpMonitorCgroups>(header);
      s.kill = program.text(op.kill);
      s.freeze = program.text(op.freeze);
      s.events = program.text(op.events);
      s.oomCounter = program.text(op.oomCounter);
      s.oomEvents = program.text(op.oomEvents);
      return true;
    }
    case Operation::MonitorHome:
      s.home = program.list(Program::as<OpMonitorHome>(header).files);
      return true;
    default:
      return false;
  }
}

}  // namespace

bool readSettings(const Program& program, Settings& s, RestartPolicy& restart) {
  for (auto view = program.section(Section::Settings); !view.empty(); view.next())
    if (!apply(program, view.front(), s, restart)) return false;
  for (auto view = program.section(Section::Setup); !view.empty(); view.next())
    if (view.front()->code == static_cast<u16>(Operation::Clone))
      s.ownPids = (Program::as<OpClone>(view.front()).flags & CLONE_NEWPID) != 0;
  for (auto view = program.section(Section::Teardown); !view.empty(); view.next())
    if (view.front()->code == static_cast<u16>(Operation::RemoveTree) && s.directory[0])
      s.stateGoes |= isBelow(s.directory, program.text(Program::as<OpRemoveTree>(view.front()).path));
  return true;
}

}  // namespace gantry
