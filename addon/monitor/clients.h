// Who is connected: the owner (the first) and those who came by the control socket. A table of fixed size.
#pragma once
#include "monitor/loop.h"
#include "tables/tables.h"

namespace gantry {

// Streams as messages name them.
enum StreamNumber : u32 { kTerminal = 0, kStdout = 1, kStderr = 2, kStreams = 3 };

struct Client {
  Fd fd;
  u32 generation = 0;
  bool owner = false;
  bool watching = false;
  bool takesStdout = false;
  bool takesStderr = false;
  bool givesStdin = false;  // it has attached with stdin
  bool parked = false;      // not read from until the container has taken what it gave before
  bool closing = false;     // parked, and the other end is closed
  bool full = false;        // its socket took no more
  bool waitedFor = false;   // the container waits for it when it is full
  bool stretched = false;   // its socket takes all that a container may leave at its end
  u64 missed[kStreams] = {};

  [[nodiscard]] bool takes(u32 stream) const {
    return stream == kTerminal ? takesStdout || takesStderr : stream == kStdout ? takesStdout : takesStderr;
  }
};

// Who asked for something, so that it can be answered later, or not at all if it has left.
struct Requester {
  u32 client = ~0u;
  u32 generation = 0;
  u32 id = 0;
};

class Clients {
 public:
  static constexpr u32 kMost = 64;
  static constexpr u32 kOwner = 0;
  static constexpr usize kOutputPiece = 32 * 1024;

  // The index, or -errno: then the descriptor is still the caller's.
  [[nodiscard]] i64 adopt(Loop& loop, Fd& fd, bool owner);
  [[nodiscard]] i64 listen(Loop& loop, const char* directory);
  void accept(Loop& loop);
  void close(Loop& loop, u32 index);
  // Sets what the loop waits for at this client.
  void interest(Loop& loop, u32 index);

  [[nodiscard]] Client& at(u32 index) { return table_[index]; }
  [[nodiscard]] Client* find(const Requester& who);
  [[nodiscard]] u32 count() const { return count_; }
  [[nodiscard]] u32 limit() const { return limit_; }  // every index in use is below
  [[nodiscard]] bool hasOwner() const { return static_cast<bool>(table_[kOwner].fd); }

  // A reply. When the socket is full of output its bound is lifted for a moment: an answer is never lost to a slow reader of output.
  template <class M>
  void reply(const Requester& who, const M& message, i32 descriptor = -1) {
    if (Client* client = find(who)) post(*client, M::kType, who.id, &message, bodySize<M>(), descriptor);
  }
  void done(const Requester& who, i64 value = 0, i32 descriptor = -1) { reply(who, MsgDone{value}, descriptor); }
  void refuse(const Requester& who, i64 error) { reply(who, MsgRefused{error < 0 ? -error : error}); }

  // To everyone who watches, but for the one who gets it as a reply.
  template <class M>
  void news(const M& message, const Requester& except = {}) {
    for (u32 i = 0; i < limit_; ++i)
      if (table_[i].fd && table_[i].watching && !(i == except.client && table_[i].generation == except.generation))
        post(table_[i], M::kType, 0, &message, bodySize<M>(), -1);
  }

  // Bytes of a stream to those who are attached. What does not fit is counted, never waited for.
  void output(Loop& loop, u32 stream, const u8* data, usize n);
  // Someone who takes this stream and is waited for has no room: the stream is not to be read.
  [[nodiscard]] bool holdBack(u32 stream) const;
  // Room for all that the container has left behind, at those who are waited for. Where the kernel does not give it, they have until the
  // deadline to read; then they are waited for no more.
  void makeRoom(Loop& loop, i64 deadline);
  // Tells everyone what they have missed, also those who read nothing. Before the last word on a container.
  void settleMissed();
  // A full socket has room again.
  void writable(Loop& loop, u32 index);

  template <class M>
  static constexpr usize bodySize() {
    return __is_empty(M) ? 0 : sizeof(M);
  }

 private:
  i64 sendLifted(Client& client, Message type, u32 id, const void* body, usize size, const void* tail, usize tailSize, i32 descriptor);
  i64 send(Client& client, Message type, u32 id, const void* body, usize size, const void* tail, usize tailSize, i32 descriptor);
  void fill(Loop& loop, u32 index);
  void post(Client& client, Message type, u32 id, const void* body, usize size, i32 descriptor);

  Client table_[kMost];
  u32 count_ = 0;
  u32 limit_ = 0;
  u32 generations_ = 0;
  Fd listener_;
};

}  // namespace gantry
