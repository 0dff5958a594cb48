// Standard streams that the monitor holds: out to the log and to those attached, in from those attached. The container is made to wait
// only for those who have asked for it.
#pragma once
#include "launch/interpreter.h"
#include "monitor/clients.h"
#include "monitor/log.h"
#include "monitor/settings.h"

namespace gantry {

class Streams {
 public:
  explicit Streams(Loop& loop, Clients& clients) : loop_(loop), clients_(clients) {}

  void configure(const Settings& settings);
  // Before a launch: the container's ends into the slots 0, 1, 2. 0 or -errno.
  [[nodiscard]] i64 prepare(Slots& slots);
  // After it: our copies of the container's ends are closed; a terminal is taken over, or (direct) kept for its window size.
  void launched(Slots& slots, Fd& terminal, bool again);
  // The container has ended: takes what it still wrote, and closes everything.
  void finish();

  // One of the outputs is readable.
  void pump(u32 index);
  // Someone who was waited for has room again, has left, or is waited for no more.
  void goOn();
  // From an attached client; an empty piece is the end. 0 or -errno.
  [[nodiscard]] i64 input(u32 client, const u8* data, usize n);
  // Standard input takes bytes again.
  void inputWritable();
  // A client with stdin has left.
  void inputLeft();
  [[nodiscard]] i64 resize(i64 rows, i64 columns);
  [[nodiscard]] i32 terminal() const { return terminal_.get(); }
  [[nodiscard]] u64 lostBytes() const { return log_.lostBytes(); }
  // Large pieces have passed since the last takeBusy().
  [[nodiscard]] bool takeBusy() {
    bool was = busy_;
    busy_ = false;
    return was;
  }

 private:
  struct Output {
    Fd fd;
    u32 stream = kStdout;
    bool lineOpen = false;
    bool heldBack = false;  // not read, for someone who is waited for
  };
  void open(u32 index, i32 fd, u32 stream);
  void shut(u32 index);
  void holdBack(u32 index);
  i64 readOnce(u32 index);
  [[nodiscard]] i32 inputDescriptor() const { return terminal_ ? terminal_.get() : input_.get(); }
  void hold(const u8* data, usize n);
  void letGo();
  void closeInput();
  void park(bool parked);

  Loop& loop_;
  Clients& clients_;
  Log log_;
  bool pumped_ = false;
  bool hasTerminal_ = false;
  u64 stdin_ = Settings::None;
  Output outputs_[2];  // stdout and stderr, or the terminal alone
  Fd terminal_;
  Fd input_;
  bool running_ = false;    // there is someone to take input
  bool endsEarly_ = false;  // the input ended before there was
  const u8* pending_ = nullptr;  // what the container has not taken yet, in the buffer where it was received
  usize pendingSize_ = 0;
  bool busy_ = false;
};

}  // namespace gantry
