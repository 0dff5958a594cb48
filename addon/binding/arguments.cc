#include "binding/arguments.h"

#include <cerrno>

#include "binding/errors.h"

namespace gantry::binding {

std::span<const uint8_t> bytes(const Napi::Value& value) {
  if (!value.IsTypedArray()) return {};
  auto array = value.As<Napi::TypedArray>();
  auto* start = static_cast<const uint8_t*>(array.ArrayBuffer().Data());
  return {start + array.ByteOffset(), array.ByteLength()};
}

std::optional<std::string> fileName(const Napi::Value& value) {
  std::string name;
  if (value.IsString()) {
    name = value.As<Napi::String>().Utf8Value();
  } else if (value.IsTypedArray()) {
    auto raw = bytes(value);
    name.assign(raw.begin(), raw.end());
  } else {
    Napi::TypeError::New(value.Env(), "a file name is a string or a Buffer").ThrowAsJavaScriptException();
    return std::nullopt;
  }
  if (name.find('\0') != std::string::npos) {
    throwFailure(value.Env(), {EINVAL, "path", name.substr(0, name.find('\0')), "it contains a NUL byte"});
    return std::nullopt;
  }
  return name;
}

std::vector<int> descriptors(const Napi::Value& value) {
  std::vector<int> list;
  if (!value.IsArray()) return list;
  auto array = value.As<Napi::Array>();
  uint32_t length = array.Length();
  list.reserve(length);
  for (uint32_t i = 0; i < length; ++i) list.push_back(array.Get(i).ToNumber().Int32Value());
  return list;
}

}  // namespace gantry::binding
