#include "binding/poller.h"

#include <cstddef>
#include <memory>

namespace gantry::binding {

// What libuv holds on to until its close callback; it may outlive the poller.
struct Poller::Handle {
  Environment* environment;
  Poller* poller;
  std::unique_ptr<std::max_align_t[]> storage;

  [[nodiscard]] uv_poll_s* poll() const { return reinterpret_cast<uv_poll_s*>(storage.get()); }
  [[nodiscard]] uv_handle_s* base() const { return reinterpret_cast<uv_handle_s*>(storage.get()); }
};

int Poller::open(Environment& environment, int fd) {
  static const size_t units = (uv_handle_size(uv::kPoll) + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t);
  auto handle = std::make_unique<Handle>(&environment, this, std::make_unique<std::max_align_t[]>(units));
  if (int error = uv_poll_init(environment.loop(), handle->poll(), fd); error < 0) return -error;
  uv_handle_set_data(handle->base(), handle.get());
  handle_ = handle.release();
  environment.opened(*this);
  return 0;
}

void Poller::onReady(uv_poll_s* poll, int status, int events) {
  auto* handle = static_cast<Handle*>(uv_handle_get_data(reinterpret_cast<uv_handle_s*>(poll)));
  if (!handle->poller) return;
  if (status < 0) handle->poller->watched_ = 0;
  handle->poller->owner_.ready(status < 0 ? 0 : events);
}

void Poller::watch(int events) {
  if (!handle_ || watched_ == events) return;
  watched_ = events;
  if (events) {
    uv_poll_start(handle_->poll(), events, onReady);
  } else {
    uv_poll_stop(handle_->poll());
  }
}

void Poller::ref() {
  if (handle_) uv_ref(handle_->base());
}

void Poller::unref() {
  if (handle_) uv_unref(handle_->base());
}

void Poller::close() {
  if (!handle_) return;
  Handle* handle = handle_;
  handle_ = nullptr;
  handle->poller = nullptr;
  handle->environment->closing(*this);
  uv_close(handle->base(), [](uv_handle_s* base) {
    std::unique_ptr<Handle> owned(static_cast<Handle*>(uv_handle_get_data(base)));
    Environment::closed(owned->environment);
  });
}

void Poller::end() {
  close();
  owner_.ended();
}

}  // namespace gantry::binding
