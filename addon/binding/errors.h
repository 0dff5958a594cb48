// errno as a JavaScript error with the members that Node's own errors have: code, errno (positive here), syscall and path.
#pragma once
#include <napi.h>

#include <string>
#include <string_view>

namespace gantry::binding {

// What failed, kept until it can become a JavaScript error. An `error` of 0 means that nothing failed.
struct Failure {
  int error = 0;
  const char* call = "";
  std::string path;
  std::string detail;  // what the kernel said beyond the number, if anything

  [[nodiscard]] explicit operator bool() const { return error != 0; }
};

[[nodiscard]] Napi::Error systemError(Napi::Env env, const Failure& failure);

// Throws in JavaScript, and gives back the undefined that a callback then returns.
Napi::Value throwSystemError(Napi::Env env, int error, const char* call, std::string_view path = {});
Napi::Value throwFailure(Napi::Env env, const Failure& failure);

// The usual end of a callback: a number that is an errno when the call gave -1, else the call's result.
Napi::Value resultOf(Napi::Env env, long result, const char* call, std::string_view path = {});
// The same for calls whose result says nothing.
Napi::Value doneOf(Napi::Env env, long result, const char* call, std::string_view path = {});

}  // namespace gantry::binding
