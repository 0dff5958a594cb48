// What JavaScript passes, as C++ values. The typed face under lib/native is the only caller and checks the types; what can be wrong in a value
// that has the right type (a NUL in a path) is checked here.
#pragma once
#include <napi.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gantry::binding {

inline int integer(const Napi::CallbackInfo& info, size_t index, int absent = 0) {
  return index < info.Length() && info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : absent;
}

inline uint32_t unsignedInteger(const Napi::CallbackInfo& info, size_t index, uint32_t absent = 0) {
  return index < info.Length() && info[index].IsNumber() ? info[index].As<Napi::Number>().Uint32Value() : absent;
}

inline int64_t longInteger(const Napi::CallbackInfo& info, size_t index, int64_t absent = 0) {
  return index < info.Length() && info[index].IsNumber() ? info[index].As<Napi::Number>().Int64Value() : absent;
}

inline bool boolean(const Napi::CallbackInfo& info, size_t index) {
  return index < info.Length() && info[index].ToBoolean().Value();
}

// The bytes of a Buffer or any Uint8Array; they live as long as the call.
[[nodiscard]] std::span<const uint8_t> bytes(const Napi::Value& value);

// A file name: a string as UTF-8, or raw bytes. Throws in JavaScript, and gives nothing, when it contains a NUL or is neither.
[[nodiscard]] std::optional<std::string> fileName(const Napi::Value& value);

// Descriptors out of an array of numbers.
[[nodiscard]] std::vector<int> descriptors(const Napi::Value& value);

}  // namespace gantry::binding
