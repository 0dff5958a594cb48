#include "binding/errors.h"

#include <cerrno>
#include <cstring>

#include "binding/uv.h"

namespace gantry::binding {
namespace {

std::string nameOf(int error) {
#ifdef __GLIBC__
  if (const char* name = strerrorname_np(error)) return name;
#endif
  char name[64];
  return uv_err_name_r(-error, name, sizeof name);
}

std::string describe(int error) {
  char text[128];
#ifdef __GLIBC__
  return strerror_r(error, text, sizeof text);
#else
  return strerror_r(error, text, sizeof text) == 0 ? text : "unknown error";
#endif
}

}  // namespace

Napi::Error systemError(Napi::Env env, const Failure& failure) {
  std::string code = nameOf(failure.error);
  std::string message = code + ": " + describe(failure.error) + ", " + failure.call;
  if (!failure.path.empty()) message += " '" + failure.path + "'";
  if (!failure.detail.empty()) message += " (" + failure.detail + ")";
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", code);
  error.Set("errno", static_cast<double>(failure.error));
  error.Set("syscall", failure.call);
  if (!failure.path.empty()) error.Set("path", failure.path);
  return error;
}

Napi::Value throwSystemError(Napi::Env env, int error, const char* call, std::string_view path) {
  return throwFailure(env, {error, call, std::string(path), {}});
}

Napi::Value throwFailure(Napi::Env env, const Failure& failure) {
  systemError(env, failure).ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Value resultOf(Napi::Env env, long result, const char* call, std::string_view path) {
  if (result < 0) return throwSystemError(env, errno, call, path);
  return Napi::Number::New(env, static_cast<double>(result));
}

Napi::Value doneOf(Napi::Env env, long result, const char* call, std::string_view path) {
  if (result < 0) return throwSystemError(env, errno, call, path);
  return env.Undefined();
}

}  // namespace gantry::binding
