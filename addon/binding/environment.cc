#include "binding/environment.h"

#include "binding/poller.h"

namespace gantry::binding {

void Environment::create(Napi::Env env) {
  auto* environment = new Environment(env);  // deletes itself: see tearDown
  env.SetInstanceData(std::make_unique<Instance>(environment, Napi::AsyncContext(env, "gantry")).release());
}

Environment::Environment(Napi::Env env) {
  napi_get_uv_event_loop(env, &loop_);
  napi_add_async_cleanup_hook(env, tearDown, this, &hook_);
}

uint8_t* Environment::scratch() {
  if (!scratch_) scratch_ = std::make_unique_for_overwrite<uint8_t[]>(kScratchBytes);
  return scratch_.get();
}

// A loop cannot end while it has handles, and closing a handle takes a turn of the loop: hence an asynchronous hook. The object deletes itself
// when the last handle is gone.
void Environment::tearDown(napi_async_cleanup_hook_handle, void* data) {
  auto* self = static_cast<Environment*>(data);
  self->ending_ = true;
  while (!self->pollers_.empty()) (*self->pollers_.begin())->end();
  self->finishTearDown();
}

void Environment::closed(Environment* environment) {
  --environment->closing_;
  environment->finishTearDown();
}

void Environment::finishTearDown() {
  if (!ending_ || closing_ > 0) return;
  napi_remove_async_cleanup_hook(hook_);
  delete this;
}

}  // namespace gantry::binding
