#include "monitor/executes.h"

#include "monitor/status.h"

namespace gantry {
namespace {

constexpr i32 kSigkill = 9, kSigcont = 18, kEsrch = 3;

void kill(const Execute& execute) { sys::attempt(__NR_pidfd_send_signal, execute.child.pidfd.get(), kSigkill, nullptr, 0); }

}  // namespace

Execute* Executes::free() {
  for (auto& execute : table_)
    if (!execute.child.pid) return &execute;
  return nullptr;
}

Execute* Executes::byPid(i64 pid) {
  for (auto& execute : table_)
    if (pid > 0 && execute.child.pid == pid) return &execute;
  return nullptr;
}

Execute* Executes::byRequest(const Requester& client, u32 id) {
  for (auto& execute : table_)
    if (execute.child.pid && execute.who.client == client.client && execute.who.generation == client.generation && execute.who.id == id) return &execute;
  return nullptr;
}

void Executes::launched(Loop& loop, Execute& execute) {
  ++launching_;
  (void)loop.add(execute.child.sync.get(), kReadable | kPeerClosed, Source::Execute, static_cast<u32>(&execute - table_));
}

void Executes::settle(Loop& loop, Clients& clients, Execute& execute) {
  i32 sync = execute.child.sync.get(), pid = execute.child.pid;
  // Before proceed() closes it: a child that is made meanwhile holds a copy.
  loop.remove(sync);
  Run run = gantry::proceed(Section::Child, execute.child);
  if (run.outcome == Outcome::Launching) return (void)loop.add(sync, kReadable | kPeerClosed, Source::Execute, static_cast<u32>(&execute - table_));
  --launching_;
  if (run.outcome == Outcome::Done) return clients.reply(execute.who, MsgExecuted{pid}, execute.child.terminal.get());
  const Failure& failure = run.failure;
  clients.reply(execute.who, MsgFailed{static_cast<i64>(failure.section), failure.index, static_cast<i64>(failure.operation), failure.error});
  execute = Execute{};
}

void Executes::proceed(Loop& loop, Clients& clients, u32 index) {
  if (index < kMost && table_[index].launching()) settle(loop, clients, table_[index]);
}

void Executes::urge() {
  if (!launching_) return;
  for (auto& execute : table_)
    if (execute.launching()) sys::attempt(__NR_pidfd_send_signal, execute.child.pidfd.get(), kSigcont, nullptr, 0);
}

bool Executes::ended(Loop& loop, Clients& clients, i32 pid, i32 status, const rusage& usage) {
  Execute* execute = byPid(pid);
  if (!execute) return false;
  if (execute->launching()) settle(loop, clients, *execute);
  if (!execute->child.pid) return true;
  ExitStatus end = decode(status);
  clients.reply(execute->who, MsgExecuteExited{
      .exitCode = end.exitCode,
      .signal = end.signal,
      .cpuUserUs = usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec,
      .cpuSystemUs = usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec,
      .maxRssBytes = usage.ru_maxrss * 1024,
  });
  *execute = Execute{};
  return true;
}

void Executes::clientLeft(Loop& loop, Drains& drains, const Requester& client) {
  for (auto& execute : table_) {
    if (!execute.child.pid) continue;
    if (execute.who.client != client.client || execute.who.generation != client.generation) continue;
    if (execute.endsWithClient) {
      kill(execute);
      execute.child.terminal.reset();
      continue;
    }
    Fd* outputs[] = {&execute.child.terminal, &execute.outputs[0], &execute.outputs[1]};
    for (Fd* output : outputs)
      if (*output) drains.take(loop, static_cast<Fd&&>(*output));
  }
}

void Executes::killAll() {
  for (auto& execute : table_)
    if (execute.child.pid) kill(execute);
}

void Executes::closeAll(Clients& clients) {
  for (auto& execute : table_) {
    if (!execute.child.pid) continue;
    kill(execute);
    if (execute.launching())
      clients.refuse(execute.who, kEsrch);
    else
      clients.reply(execute.who, MsgExecuteExited{.exitCode = 128 + kSigkill, .signal = kSigkill});
    execute = Execute{};
  }
}

}  // namespace gantry
