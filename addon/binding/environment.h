// What the addon keeps for one JavaScript environment (the main thread, or one worker): its event loop, a buffer to read into, and the live
// pollers, which must be closed before the loop ends.
#pragma once
#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

#include "binding/descriptor.h"
#include "binding/uv.h"

namespace gantry::binding {

class Poller;

class Environment {
 public:
  static void create(Napi::Env env);
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Instance>()->environment; }
  static const Napi::AsyncContext& context(Napi::Env env) { return env.GetInstanceData<Instance>()->context; }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[nodiscard]] uv_loop_s* loop() const { return loop_; }
  // The largest message of a channel; also more than any pipe gives in one read. Valid until the next callback into JavaScript.
  static constexpr size_t kScratchBytes = 256 * 1024;
  [[nodiscard]] uint8_t* scratch();

  void opened(Poller& poller) { pollers_.insert(&poller); }
  void closing(Poller& poller) {
    pollers_.erase(&poller);
    ++closing_;
  }
  // The last word of libuv about a handle. Called when nothing of the environment may be used but this object.
  static void closed(Environment* environment);

  // The sealed copy of the monitor's program, loaded once.
  Descriptor monitor;
  std::string monitorPath;

 private:
  // What Node frees with the JavaScript side. The environment itself must outlive it: libuv lets go of handles later.
  struct Instance {
    Environment* environment;
    Napi::AsyncContext context;
  };

  explicit Environment(Napi::Env env);
  ~Environment() = default;
  static void tearDown(napi_async_cleanup_hook_handle hook, void* data);
  void finishTearDown();

  uv_loop_s* loop_ = nullptr;
  std::unique_ptr<uint8_t[]> scratch_;
  std::unordered_set<Poller*> pollers_;
  size_t closing_ = 0;  // handles that libuv has not let go of yet
  napi_async_cleanup_hook_handle hook_ = nullptr;
  bool ending_ = false;
};

}  // namespace gantry::binding
