#include "binding/channel.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "binding/arguments.h"
#include "binding/errors.h"

namespace gantry::binding {
namespace {

constexpr size_t kMostDescriptors = 16;
// After this many messages other handles of the loop get their turn.
constexpr int kMessagesPerTurn = 32;

union ControlBuffer {
  cmsghdr align;
  uint8_t bytes[CMSG_SPACE(kMostDescriptors * sizeof(int))];
};

// The descriptors that came with a message; closed unless they are handed on.
class Arrivals {
 public:
  explicit Arrivals(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
      size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count && count_ < kMostDescriptors; ++i) {
        int fd;
        memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
        held_[count_++].reset(fd);
      }
    }
  }

  Napi::Array handOver(Napi::Env env) {
    auto array = Napi::Array::New(env, count_);
    for (size_t i = 0; i < count_; ++i) array.Set(static_cast<uint32_t>(i), held_[i].release());
    return array;
  }

 private:
  std::array<Descriptor, kMostDescriptors> held_;
  size_t count_ = 0;
};

}  // namespace

Napi::Function Channel::define(Napi::Env env) {
  return DefineClass(env, "Channel",
                     {InstanceMethod<&Channel::onMessage>("onMessage"), InstanceMethod<&Channel::send>("send"),
                      InstanceMethod<&Channel::pause>("pause"), InstanceMethod<&Channel::resume>("resume"),
                      InstanceMethod<&Channel::close>("close"), InstanceMethod<&Channel::ref>("ref"),
                      InstanceMethod<&Channel::unref>("unref")});
}

void Channel::widen(int fd) {
  int size = Environment::kScratchBytes;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

Channel::Channel(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  int fd = integer(info, 0, -1);
  int type = 0;
  socklen_t length = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0) {
    throwSystemError(info.Env(), errno, "getsockopt");
  } else if (type != SOCK_SEQPACKET) {
    throwSystemError(info.Env(), EPROTOTYPE, "getsockopt");
  } else if (int error = poller_.open(Environment::of(info.Env()), fd)) {
    throwSystemError(info.Env(), error, "uv_poll_init");
  } else {
    widen(fd);
    fd_.reset(fd);
  }
}

// The object lives as long as it listens, as a socket of Node does.
Napi::Value Channel::onMessage(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!fd_) return throwSystemError(env, EBADF, "recvmsg");
  bool first = !message_;
  message_ = Callback(info[0]);
  closed_ = Callback(info[1]);
  writable_ = Callback(info[2]);
  if (first) Ref();
  watch();
  return env.Undefined();
}

void Channel::watch() {
  poller_.watch((message_ && !paused_ ? uv::kReadable : 0) | (awaitsRoom_ ? uv::kWritable : 0));
}

Napi::Value Channel::send(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!fd_) return throwSystemError(env, EPIPE, "sendmsg");
  auto data = bytes(info[0]);
  auto passed = descriptors(info[1]);
  // An empty message would look like the end of the connection to the peer.
  if (data.empty()) return throwFailure(env, {EINVAL, "sendmsg", {}, "a message cannot be empty"});
  if (passed.size() > kMostDescriptors) {
    return throwFailure(env, {EINVAL, "sendmsg", {}, "a message carries at most 16 descriptors"});
  }
  iovec part{const_cast<uint8_t*>(data.data()), data.size()};
  ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!passed.empty()) {
    size_t size = passed.size() * sizeof(int);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), passed.data(), size);
  }
  ssize_t sent;
  do {
    sent = sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return Napi::Boolean::New(env, true);
  if (errno != EAGAIN && errno != ENOBUFS) return throwSystemError(env, errno, "sendmsg");
  awaitsRoom_ = true;
  watch();
  return Napi::Boolean::New(env, false);
}

Napi::Value Channel::pause(const Napi::CallbackInfo& info) {
  paused_ = true;
  watch();
  return info.Env().Undefined();
}

Napi::Value Channel::resume(const Napi::CallbackInfo& info) {
  paused_ = false;
  watch();
  return info.Env().Undefined();
}

Napi::Value Channel::close(const Napi::CallbackInfo& info) {
  shut();
  return info.Env().Undefined();
}

Napi::Value Channel::ref(const Napi::CallbackInfo& info) {
  poller_.ref();
  return info.Env().Undefined();
}

Napi::Value Channel::unref(const Napi::CallbackInfo& info) {
  poller_.unref();
  return info.Env().Undefined();
}

void Channel::ready(int events) {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  Ref();  // a listener may close the channel and drop it
  if (awaitsRoom_ && events != uv::kReadable) {
    awaitsRoom_ = false;
    if (writable_) writable_(env, {});
  }
  if (events != uv::kWritable) {
    for (int i = 0; i < kMessagesPerTurn && fd_ && !paused_ && receive(env) == Received::Message; ++i) continue;
  }
  watch();
  Unref();
}

Channel::Received Channel::receive(Napi::Env env) {
  Napi::HandleScope scope(env);
  uint8_t* buffer = Environment::of(env).scratch();
  iovec part{buffer, Environment::kScratchBytes};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t size;
  // The kernel reports a reset (the peer left with messages of ours unread) before the messages that the peer sent; they are still there.
  do {
    size = recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (size < 0 && (errno == EINTR || errno == ECONNRESET));
  if (size < 0 && errno == EAGAIN) return Received::Nothing;
  if (size < 0) {
    shutBecause(env, "recvmsg", errno, "");
    return Received::Closed;
  }
  Arrivals arrivals(message);
  if (size == 0) {
    shutBecause(env, "", 0, "");
    return Received::Closed;
  }
  if (message.msg_flags & MSG_TRUNC) {
    shutBecause(env, "recvmsg", EMSGSIZE, "the peer sent a message of more than 256 KiB");
    return Received::Closed;
  }
  // Too many descriptors, or this process has reached its limit of open files: what the message means cannot be known any more.
  if (message.msg_flags & MSG_CTRUNC) {
    shutBecause(env, "recvmsg", EMFILE, "descriptors of a message were lost");
    return Received::Closed;
  }
  message_(env, {Napi::Buffer<uint8_t>::Copy(env, buffer, static_cast<size_t>(size)), arrivals.handOver(env)});
  return Received::Message;
}

void Channel::shutBecause(Napi::Env env, const char* call, int error, const char* detail) {
  Callback closed = std::move(closed_);
  shut();
  if (!closed) return;
  if (error == 0) {
    closed(env, {});
  } else {
    closed(env, {systemError(env, {error, call, {}, detail}).Value()});
  }
}

void Channel::shut() {
  if (!fd_) return;
  poller_.close();
  fd_.reset();
  if (message_) Unref();
  message_.reset();
  closed_.reset();
  writable_.reset();
}

void Channel::ended() { fd_.reset(); }

}  // namespace gantry::binding
