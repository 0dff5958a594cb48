#include "binding/holes.h"

#include <unistd.h>

#include <cerrno>

#include "binding/arguments.h"
#include "binding/errors.h"

namespace gantry::binding {
namespace {

// Numbers of JavaScript hold offsets exactly up to 2^53, beyond what file systems hold.
Napi::Value seek(const Napi::CallbackInfo& info, int whence) {
  off_t found = lseek(integer(info, 0), longInteger(info, 1), whence);
  if (found < 0 && errno != ENXIO) return throwSystemError(info.Env(), errno, "lseek");
  return Napi::Number::New(info.Env(), static_cast<double>(found));
}

}  // namespace

Napi::Value nextData(const Napi::CallbackInfo& info) { return seek(info, SEEK_DATA); }

Napi::Value nextHole(const Napi::CallbackInfo& info) { return seek(info, SEEK_HOLE); }

}  // namespace gantry::binding
