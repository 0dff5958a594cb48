#include "monitor/executes.h"

#include "monitor/status.h"

namespace gantry {
namespace {

constexpr i32 kSigkill = 9;

void kill(const Execute& execute) { sys::attempt(__NR_pidfd_send_signal, execute.pidfd.get(), kSigkill, nullptr, 0); }

}  // namespace

Execute* Executes::free() {
  for (auto& execute : table_)
    if (!execute.pid) return &execute;
  return nullptr;
}

Execute* Executes::byPid(i64 pid) {
  for (auto& execute : table_)
    if (pid > 0 && execute.pid == pid) return &execute;
  return nullptr;
}

Execute* Executes::byRequest(const Requester& client, u32 id) {
  for (auto& execute : table_)
    if (execute.pid && execute.who.client == client.client && execute.who.generation == client.generation && execute.who.id == id) return &execute;
  return nullptr;
}

bool Executes::ended(Clients& clients, i32 pid, i32 status) {
  Execute* execute = byPid(pid);
  if (!execute) return false;
  ExitStatus end = decode(status);
  clients.reply(execute->who, MsgExecuteExited{end.exitCode, end.signal});
  *execute = Execute{};
  return true;
}

void Executes::clientLeft(const Requester& client) {
  for (auto& execute : table_) {
    if (!execute.pid || !execute.endsWithClient) continue;
    if (execute.who.client != client.client || execute.who.generation != client.generation) continue;
    kill(execute);
    execute.terminal.reset();
  }
}

void Executes::killAll() {
  for (auto& execute : table_)
    if (execute.pid) kill(execute);
}

void Executes::closeAll(Clients& clients) {
  for (auto& execute : table_) {
    if (!execute.pid) continue;
    kill(execute);
    clients.reply(execute.who, MsgExecuteExited{128 + kSigkill, kSigkill});
    execute = Execute{};
  }
}

}  // namespace gantry
