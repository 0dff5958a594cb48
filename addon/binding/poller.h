// Tells its owner when a descriptor can be read or written, on the event loop of Node.
#pragma once
#include "binding/environment.h"
#include "binding/uv.h"

namespace gantry::binding {

class Poller {
 public:
  class Owner {
   public:
    // `events` are kReadable and kWritable. After an error on the descriptor it is 0 and watching has stopped: the next read or write says what is wrong.
    virtual void ready(int events) = 0;
    // The environment is being torn down. The poller has been closed; JavaScript cannot be called any more.
    virtual void ended() = 0;

   protected:
    ~Owner() = default;
  };

  explicit Poller(Owner& owner) : owner_(owner) {}
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller() { close(); }

  // Makes the descriptor nonblocking. Gives an errno, or 0. The descriptor stays the caller's, who closes it after close() of this.
  [[nodiscard]] int open(Environment& environment, int fd);
  // Which events to wait for; 0 stops.
  void watch(int events);
  // Whether waiting keeps the event loop alive. It does until unref().
  void ref();
  void unref();
  // From here the owner is not called, and the descriptor may be closed.
  void close();
  // close(), for the environment's end.
  void end();

  [[nodiscard]] bool isOpen() const { return handle_ != nullptr; }

 private:
  struct Handle;
  static void onReady(uv_poll_s* poll, int status, int events);

  Owner& owner_;
  Handle* handle_ = nullptr;  // freed when libuv has let go of it
  int watched_ = 0;
};

}  // namespace gantry::binding
