// Reads a pipe, a socket or the master of a terminal whenever there is something, and hands it to a listener.
#pragma once
#include <napi.h>

#include "binding/callback.h"
#include "binding/descriptor.h"
#include "binding/poller.h"

namespace gantry::binding {

class PipeReader : public Napi::ObjectWrap<PipeReader>, private Poller::Owner {
 public:
  static Napi::Function define(Napi::Env env);
  explicit PipeReader(const Napi::CallbackInfo& info);

 private:
  Napi::Value pause(const Napi::CallbackInfo& info);
  Napi::Value resume(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  Napi::Value ref(const Napi::CallbackInfo& info);
  Napi::Value unref(const Napi::CallbackInfo& info);

  void ready(int events) override;
  void ended() override;
  // Whether there may be more to read at once.
  bool readOnce(Napi::Env env);
  void finish(Napi::Env env, int error);
  void shut();

  Descriptor fd_;
  Poller poller_{*this};
  Callback listener_;
  bool paused_ = false;
};

}  // namespace gantry::binding
