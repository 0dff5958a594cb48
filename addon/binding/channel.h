// One end of a SOCK_SEQPACKET connection: whole messages with descriptors, each way.
#pragma once
#include <napi.h>

#include "binding/callback.h"
#include "binding/descriptor.h"
#include "binding/poller.h"

namespace gantry::binding {

class Channel : public Napi::ObjectWrap<Channel>, private Poller::Owner {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Channel(const Napi::CallbackInfo& info);

  // Lets a message of kScratchBytes pass; the kernel's default is a little less. Best effort: a smaller bound shows as EMSGSIZE when it matters.
  static void widen(int fd);

 private:
  enum class Received { Message, Nothing, Closed };

  Napi::Value onMessage(const Napi::CallbackInfo& info);
  Napi::Value send(const Napi::CallbackInfo& info);
  Napi::Value pause(const Napi::CallbackInfo& info);
  Napi::Value resume(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  Napi::Value ref(const Napi::CallbackInfo& info);
  Napi::Value unref(const Napi::CallbackInfo& info);

  void ready(int events) override;
  void ended() override;
  void watch();
  Received receive(Napi::Env env);
  void shut();
  void shutBecause(Napi::Env env, const char* call, int error, const char* detail);

  Descriptor fd_;
  Poller poller_{*this};
  Callback message_;
  Callback closed_;
  Callback writable_;
  bool paused_ = false;
  bool awaitsRoom_ = false;
};

}  // namespace gantry::binding
