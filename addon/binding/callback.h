// A JavaScript listener that is called from the event loop as Node calls its own: microtasks run afterwards, and what it throws is an
// uncaught exception.
#pragma once
#include <napi.h>

#include <initializer_list>

#include "binding/environment.h"

namespace gantry::binding {

class Callback {
 public:
  Callback() = default;
  explicit Callback(const Napi::Value& function) : function_(Napi::Persistent(function.As<Napi::Function>())) {}

  [[nodiscard]] explicit operator bool() const { return !function_.IsEmpty(); }
  void reset() { function_.Reset(); }

  // The listener may reset this object meanwhile.
  void operator()(Napi::Env env, std::initializer_list<napi_value> arguments) const {
    function_.Value().MakeCallback(env.Global(), arguments, Environment::context(env));
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  }

 private:
  Napi::FunctionReference function_;
};

}  // namespace gantry::binding
