#include "binding/monitors.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "binding/arguments.h"
#include "binding/channel.h"
#include "binding/child.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/reaper.h"
#include "binding/sealed_program.h"

namespace gantry::binding {
namespace {

struct SocketPair {
  Descriptor ours;
  Descriptor theirs;
};

SocketPair socketPair(Failure& failure) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
    failure = {errno, "socketpair", {}, {}};
    return {};
  }
  Channel::widen(ends[1]);  // ours is widened by its Channel
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// The monitor's program is read once per environment: a start must not depend on what happens to the file meanwhile.
bool loadMonitor(Environment& environment, const std::string& path, Failure& failure) {
  if (environment.monitor && environment.monitorPath == path) return true;
  Descriptor program = sealedProgram(path, failure);
  if (failure) return false;
  environment.monitor = std::move(program);
  environment.monitorPath = path;
  return true;
}

// Starts the monitor's program with a channel as descriptor 3 and `more` from 4 up.
Napi::Value start(Napi::Env env, const std::string& path, const char* argument, std::span<const int> more) {
  Environment& environment = Environment::of(env);
  Failure failure;
  if (!loadMonitor(environment, path, failure)) return throwFailure(env, failure);
  static const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return throwSystemError(env, ENOENT, "open", "/dev/null");
  SocketPair channel = socketPair(failure);
  if (failure) return throwFailure(env, failure);
  std::vector<int> passed{nothing, nothing, nothing, channel.theirs.get()};
  passed.insert(passed.end(), more.begin(), more.end());
  char name[] = "gantry-monitor";
  std::string text = argument;
  char* argv[] = {name, text.data(), nullptr};
  Started started = startProgram(environment.monitor.get(), argv, passed, failure);
  if (failure) {
    failure.path = path;
    return throwFailure(env, failure);
  }
  reapWhenEnded(environment, std::move(started.pidfd));
  auto result = Napi::Array::New(env, 2);
  result.Set(0u, started.pid);
  result.Set(1u, channel.ours.release());
  return result;
}

}  // namespace

Napi::Value spawnMonitor(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto path = fileName(info[0]);
  if (!path) return env.Undefined();
  auto slots = descriptors(info[2]);
  Failure failure;
  Descriptor program = memoryFile("gantry-program", bytes(info[1]), failure);
  if (failure) return throwFailure(env, failure);
  std::vector<int> more{program.get()};
  more.insert(more.end(), slots.begin(), slots.end());
  return start(env, *path, std::to_string(slots.size()).c_str(), more);
}

Napi::Value spawnWaiting(const Napi::CallbackInfo& info) {
  auto path = fileName(info[0]);
  if (!path) return info.Env().Undefined();
  return start(info.Env(), *path, "wait", {});
}

Napi::Value giveWork(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int channel = info[0].As<Napi::Number>().Int32Value();
  auto slots = descriptors(info[2]);
  Failure failure;
  Descriptor program = memoryFile("gantry-program", bytes(info[1]), failure);
  if (failure) return throwFailure(env, failure);
  std::vector<int> passed{program.get()};
  std::vector<uint32_t> numbers;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] < 0) continue;
    passed.push_back(slots[i]);
    numbers.push_back(static_cast<uint32_t>(i));
  }
  // A message of no bytes would look like the end.
  if (numbers.empty()) numbers.push_back(0);
  std::vector<char> control(CMSG_SPACE(passed.size() * sizeof(int)));
  iovec vector{numbers.data(), numbers.size() * sizeof numbers[0]};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(passed.size() * sizeof(int));
  memcpy(CMSG_DATA(header), passed.data(), passed.size() * sizeof(int));
  return Napi::Boolean::New(env, sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0);
}

// A socket's path may have 107 bytes; the way through a held directory is short whatever the directory's own path.
Napi::Value connectMonitor(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto path = fileName(info[0]);
  if (!path) return env.Undefined();
  Descriptor directory(open(path->c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return throwSystemError(env, errno, "open", *path);
  // Nonblocking: a monitor that does not accept must not hold up Node; a full backlog is EAGAIN.
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return throwSystemError(env, errno, "socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/monitor.sock", directory.get());
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    return throwSystemError(env, errno, "connect", *path + "/monitor.sock");
  }
  return Napi::Number::New(env, socket.release());
}

}  // namespace gantry::binding
