#include "binding/descriptors.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "binding/arguments.h"
#include "binding/descriptor.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/sealed_program.h"

namespace gantry::binding {
namespace {

Napi::Array pairOf(Napi::Env env, const int (&ends)[2]) {
  auto pair = Napi::Array::New(env, 2);
  pair.Set(0u, ends[0]);
  pair.Set(1u, ends[1]);
  return pair;
}

bool cannotCopyInKernel(int error) {
  return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM || error == EBADF;
}

// One step of a copy by way of this process; what was read is written, all of it.
ssize_t copyThrough(int from, int to, uint8_t* buffer, size_t most) {
  ssize_t size = read(from, buffer, most);
  for (ssize_t written = 0; written < size;) {
    ssize_t part = write(to, buffer + written, static_cast<size_t>(size - written));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return -1;
    written += part;
  }
  return size;
}

// syncfs(2) in a thread of libuv's pool: it takes as long as the disk has work. Deletes itself when it is done.
class Sync : public Napi::AsyncWorker {
 public:
  Sync(Napi::Env env, Descriptor file) : AsyncWorker(env), file_(std::move(file)), deferred_(env) {}
  [[nodiscard]] Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override {
    if (syncfs(file_.get()) < 0) error_ = errno;
  }
  void OnOK() override {
    if (error_ == 0) return deferred_.Resolve(Env().Undefined());
    deferred_.Reject(systemError(Env(), {.error = error_, .call = "syncfs"}).Value());
  }

 private:
  Descriptor file_;  // its own: the caller may close his meanwhile
  Napi::Promise::Deferred deferred_;
  int error_ = 0;
};

}  // namespace

Napi::Value makePipe(const Napi::CallbackInfo& info) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return throwSystemError(info.Env(), errno, "pipe2");
  return pairOf(info.Env(), ends);
}

Napi::Value makeSocketPair(const Napi::CallbackInfo& info) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
    return throwSystemError(info.Env(), errno, "socketpair");
  }
  return pairOf(info.Env(), ends);
}

Napi::Value makeMemoryFile(const Napi::CallbackInfo& info) {
  auto name = fileName(info[0]);
  if (!name) return info.Env().Undefined();
  Failure failure;
  Descriptor file = memoryFile(name->c_str(), bytes(info[1]), failure);
  if (failure) return throwFailure(info.Env(), failure);
  return Napi::Number::New(info.Env(), file.release());
}

Napi::Value closeDescriptor(const Napi::CallbackInfo& info) {
  // After EINTR Linux has closed the descriptor all the same.
  int result = close(integer(info, 0, -1));
  return doneOf(info.Env(), result < 0 && errno == EINTR ? 0 : result, "close");
}

Napi::Value duplicateDescriptor(const Napi::CallbackInfo& info) {
  return resultOf(info.Env(), fcntl(integer(info, 0, -1), F_DUPFD_CLOEXEC, 3), "fcntl");
}

Napi::Value lockFile(const Napi::CallbackInfo& info) {
  int result;
  do {
    result = flock(integer(info, 0, -1), integer(info, 1));
  } while (result < 0 && errno == EINTR);
  if (result < 0 && errno != EWOULDBLOCK) return throwSystemError(info.Env(), errno, "flock");
  return Napi::Boolean::New(info.Env(), result == 0);
}

Napi::Value copyRange(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int from = integer(info, 0, -1);
  int to = integer(info, 1, -1);
  int64_t wanted = longInteger(info, 2);
  int64_t copied = 0;
  bool inKernel = true;
  while (copied < wanted) {
    auto left = static_cast<size_t>(wanted - copied);
    ssize_t size;
    if (inKernel) {
      size = copy_file_range(from, nullptr, to, nullptr, left, 0);
      // Some file systems (procfs among them) say 0 to this call while a read gives data.
      if ((size < 0 && cannotCopyInKernel(errno)) || (size == 0 && copied == 0)) {
        inKernel = false;
        continue;
      }
    } else {
      size = copyThrough(from, to, Environment::of(env).scratch(), std::min(left, Environment::kScratchBytes));
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return throwSystemError(env, errno, inKernel ? "copy_file_range" : "write");
    if (size == 0) break;
    copied += size;
  }
  return Napi::Number::New(env, static_cast<double>(copied));
}

Napi::Value syncFilesystem(const Napi::CallbackInfo& info) {
  Descriptor file(fcntl(integer(info, 0, -1), F_DUPFD_CLOEXEC, 3));
  if (file.get() < 0) return throwSystemError(info.Env(), errno, "fcntl");
  auto* sync = new Sync(info.Env(), std::move(file));  // napi deletes it after OnOK
  Napi::Promise promise = sync->promise();
  sync->Queue();
  return promise;
}

Napi::Value peerCredentials(const Napi::CallbackInfo& info) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (getsockopt(integer(info, 0, -1), SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) {
    return throwSystemError(info.Env(), errno, "getsockopt");
  }
  auto result = Napi::Array::New(info.Env(), 3);
  result.Set(0u, peer.pid);
  result.Set(1u, peer.uid);
  result.Set(2u, peer.gid);
  return result;
}

Napi::Value openPidfd(const Napi::CallbackInfo& info) {
  return resultOf(info.Env(), syscall(SYS_pidfd_open, integer(info, 0), 0), "pidfd_open");
}

Napi::Value signalPidfd(const Napi::CallbackInfo& info) {
  long result = syscall(SYS_pidfd_send_signal, integer(info, 0, -1), integer(info, 1), nullptr, 0);
  return doneOf(info.Env(), result, "pidfd_send_signal");
}

}  // namespace gantry::binding
