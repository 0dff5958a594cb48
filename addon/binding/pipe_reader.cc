#include "binding/pipe_reader.h"

#include <cerrno>

#include "binding/arguments.h"
#include "binding/errors.h"

namespace gantry::binding {
namespace {

// What a pipe holds unless it was enlarged.
constexpr size_t kReadBytes = 64 * 1024;
// After this many full reads other handles of the loop get their turn.
constexpr int kReadsPerTurn = 4;

}  // namespace

Napi::Function PipeReader::define(Napi::Env env) {
  return DefineClass(env, "PipeReader",
                     {InstanceMethod<&PipeReader::pause>("pause"), InstanceMethod<&PipeReader::resume>("resume"),
                      InstanceMethod<&PipeReader::close>("close"), InstanceMethod<&PipeReader::ref>("ref"),
                      InstanceMethod<&PipeReader::unref>("unref")});
}

PipeReader::PipeReader(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  int fd = integer(info, 0, -1);
  if (int error = poller_.open(Environment::of(info.Env()), fd)) {
    throwSystemError(info.Env(), error, "uv_poll_init");
    return;
  }
  fd_.reset(fd);
  listener_ = Callback(info[1]);
  Ref();  // until it is closed
  poller_.watch(uv::kReadable);
}

void PipeReader::ready(int) {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  Ref();  // the listener may close the reader and drop it
  for (int i = 0; i < kReadsPerTurn && fd_ && !paused_ && readOnce(env); ++i) continue;
  if (!paused_) poller_.watch(uv::kReadable);
  Unref();
}

bool PipeReader::readOnce(Napi::Env env) {
  Napi::HandleScope scope(env);
  uint8_t* buffer = Environment::of(env).scratch();
  ssize_t size;
  do {
    size = read(fd_.get(), buffer, kReadBytes);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) return false;
  // A terminal whose last slave has been closed says EIO.
  if (size <= 0) {
    finish(env, size < 0 && errno != EIO ? errno : 0);
    return false;
  }
  listener_(env, {Napi::Buffer<uint8_t>::Copy(env, buffer, static_cast<size_t>(size))});
  return static_cast<size_t>(size) == kReadBytes;
}

void PipeReader::finish(Napi::Env env, int error) {
  Callback listener = std::move(listener_);
  shut();
  if (error == 0) {
    listener(env, {env.Null()});
  } else {
    listener(env, {env.Null(), systemError(env, {error, "read", {}, {}}).Value()});
  }
}

void PipeReader::shut() {
  if (!fd_) return;
  poller_.close();
  fd_.reset();
  listener_.reset();
  Unref();
}

void PipeReader::ended() { fd_.reset(); }

Napi::Value PipeReader::pause(const Napi::CallbackInfo& info) {
  paused_ = true;
  poller_.watch(0);
  return info.Env().Undefined();
}

Napi::Value PipeReader::resume(const Napi::CallbackInfo& info) {
  paused_ = false;
  poller_.watch(uv::kReadable);
  return info.Env().Undefined();
}

Napi::Value PipeReader::close(const Napi::CallbackInfo& info) {
  shut();
  return info.Env().Undefined();
}

Napi::Value PipeReader::ref(const Napi::CallbackInfo& info) {
  poller_.ref();
  return info.Env().Undefined();
}

Napi::Value PipeReader::unref(const Napi::CallbackInfo& info) {
  poller_.unref();
  return info.Env().Undefined();
}

}  // namespace gantry::binding
