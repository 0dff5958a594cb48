#include "monitor/streams.h"

#include "monitor/buffers.h"
#include "sys/memory.h"

namespace gantry {
namespace {

constexpr u32 kReadsATurn = 8;
constexpr usize kMostAtTheEnd = 4 << 20;  // a process that is not the container's may hold the other end and write for ever
constexpr i64 kLongestFarewell = 10 * kSecond;

void makeNonblocking(i32 fd) {
  i64 flags = sys::call(__NR_fcntl, fd, F_GETFL, 0);
  if (flags >= 0) sys::attempt(__NR_fcntl, fd, F_SETFL, flags | O_NONBLOCK);
}

i64 duplicate(i32 fd) { return sys::call(__NR_fcntl, fd, F_DUPFD_CLOEXEC, 3); }

}  // namespace

void Streams::configure(const Settings& settings) {
  pumped_ = settings.pumped;
  hasTerminal_ = settings.terminal;
  stdin_ = settings.stdin;
  if (pumped_ && settings.logDirectory[0]) log_.open(settings.logDirectory, settings.logSize, settings.logFiles);
}

i64 Streams::prepare(Slots& slots) {
  if (!pumped_) {
    // A second start in direct mode: the owner's pipes may be gone.
    for (i64 i = slot::kStdin; i <= slot::kStderr; ++i)
      if (slots.get(i) < 0) slots.set(i, duplicate(0));
    return 0;
  }
  if (hasTerminal_) return 0;
  for (u32 i = 0; i < 3; ++i) {
    if (i == 0 && stdin_ == Settings::None) {
      slots.set(slot::kStdin, duplicate(0));
      continue;
    }
    i32 ends[2];
    i64 made = sys::call(__NR_pipe2, ends, O_CLOEXEC);
    if (made < 0) return made;
    slots.set(slot::kStdin + i, i == 0 ? ends[0] : ends[1]);
    i32 ours = i == 0 ? ends[1] : ends[0];
    makeNonblocking(ours);
    if (i == 0)
      input_.reset(ours);
    else
      open(i - 1, ours, i == 1 ? kStdout : kStderr);
  }
  return 0;
}

void Streams::launched(Slots& slots, Fd& terminal, bool again) {
  if (pumped_ || !again)
    for (i64 i = slot::kStdin; i <= slot::kStderr; ++i) slots.set(i, -1);
  terminal_ = static_cast<Fd&&>(terminal);
  if (!pumped_) return;
  running_ = true;
  if (terminal_) {
    makeNonblocking(terminal_.get());
    open(0, static_cast<i32>(duplicate(terminal_.get())), kTerminal);
  }
  // What was given before there was anyone to take it.
  if (pendingSize_ && inputDescriptor() >= 0)
    (void)loop_.add(inputDescriptor(), kWritable, Source::Input);
  else if (endsEarly_ && !terminal_)
    closeInput();
  endsEarly_ = false;
}

void Streams::open(u32 index, i32 fd, u32 stream) {
  Output& output = outputs_[index];
  output.fd.reset(fd);
  output.stream = stream;
  output.lineOpen = output.heldBack = false;
  (void)loop_.add(fd, kReadable, Source::Output, index);
}

void Streams::shut(u32 index) {
  Output& output = outputs_[index];
  if (!output.fd) return;
  loop_.remove(output.fd.get());
  output.fd.reset();
}

// What read(2) gave; 0 or less when there is no more, now or for ever.
i64 Streams::readOnce(u32 index) {
  Output& output = outputs_[index];
  i64 n = again(__NR_read, output.fd.get(), buffers::chunk, buffers::kChunk);
  if (n <= 0) return n;
  auto size = static_cast<usize>(n);
  if (log_.opened()) log_.append(output.stream == kStdout ? 'O' : output.stream == kStderr ? 'E' : 'T', output.lineOpen, buffers::chunk, size);
  output.lineOpen = buffers::chunk[size - 1] != '\n';
  clients_.output(loop_, output.stream, buffers::chunk, size);
  if (size > 4096) busy_ = true;
  return n;
}

void Streams::pump(u32 index) {
  if (index >= 2) return;
  for (u32 i = 0; i < kReadsATurn && outputs_[index].fd; ++i) {
    if (clients_.holdBack(outputs_[index].stream)) return holdBack(index);
    i64 n = readOnce(index);
    if (n == -EAGAIN) return;
    if (n <= 0) return shut(index);  // the end; of a terminal it is EIO
    if (n < static_cast<i64>(buffers::kChunk)) return;
  }
}

// Not in the loop at all: its end would be told again and again.
void Streams::holdBack(u32 index) {
  outputs_[index].heldBack = true;
  loop_.remove(outputs_[index].fd.get());
}

void Streams::goOn() {
  for (u32 index = 0; index < 2; ++index) {
    Output& output = outputs_[index];
    if (!output.fd || !output.heldBack || clients_.holdBack(output.stream)) continue;
    output.heldBack = false;
    (void)loop_.add(output.fd.get(), kReadable, Source::Output, index);
  }
}

void Streams::finish() {
  i64 deadline = steadyClock() + kLongestFarewell;
  for (u32 index = 0; index < 2; ++index) {
    if (!outputs_[index].fd) continue;
    outputs_[index].heldBack = false;
    for (usize taken = 0; taken < kMostAtTheEnd;) {
      clients_.makeRoom(loop_, deadline);
      i64 n = readOnce(index);
      if (n <= 0) break;
      taken += static_cast<usize>(n);
    }
    shut(index);
  }
  closeInput();
  terminal_.reset();
  running_ = false;
}

i64 Streams::input(u32 client, const u8* data, usize n) {
  clients_.at(client).givesStdin = true;
  if (pendingSize_) return -EAGAIN;
  if (stdin_ == Settings::None || !pumped_) return -EPIPE;
  if (!running_) {
    if (n == 0)
      endsEarly_ = true;
    else
      hold(data, n);
    return 0;
  }
  if (inputDescriptor() < 0) return -EPIPE;
  if (n == 0) {
    if (!terminal_) closeInput();
    return 0;
  }
  i64 written = again(__NR_write, inputDescriptor(), data, n);
  if (written < 0 && written != -EAGAIN) {
    closeInput();
    return written;
  }
  usize rest = n - static_cast<usize>(written < 0 ? 0 : written);
  if (rest == 0) return 0;
  hold(data + (n - rest), rest);
  (void)loop_.add(inputDescriptor(), kWritable, Source::Input);
  return 0;
}

void Streams::hold(const u8* data, usize n) {
  pending_ = data;
  pendingSize_ = n;
  if (n > 4096) busy_ = true;
  buffers::hold(true);
  park(true);
}

void Streams::letGo() {
  loop_.remove(inputDescriptor());
  pendingSize_ = 0;
  buffers::hold(false);
  park(false);
}

void Streams::inputWritable() {
  if (!pendingSize_) return;
  i64 written = again(__NR_write, inputDescriptor(), pending_, pendingSize_);
  if (written == -EAGAIN) return;
  if (written < 0) return closeInput();
  pending_ += written;
  pendingSize_ -= static_cast<usize>(written);
  if (!pendingSize_) letGo();
}

void Streams::inputLeft() {
  if (stdin_ != Settings::Once || hasTerminal_) return;
  if (running_)
    closeInput();
  else
    endsEarly_ = true;
}

void Streams::closeInput() {
  if (pendingSize_) letGo();
  input_.reset();
}

// While the container does not take its input, those who give it are not read from: their own sockets fill, and they wait.
void Streams::park(bool parked) {
  for (u32 i = 0; i < clients_.limit(); ++i) {
    Client& client = clients_.at(i);
    if (!client.fd || !client.givesStdin) continue;
    client.parked = parked;
    if (!parked && client.closing) {
      client.closing = false;
      (void)loop_.add(client.fd.get(), 0, Source::Client, i, client.generation);
    }
    clients_.interest(loop_, i);
  }
}

i64 Streams::resize(i64 rows, i64 columns) {
  if (!terminal_) return -ENOTTY;
  if (rows < 0 || columns < 0 || rows > 0xffff || columns > 0xffff) return -EINVAL;
  winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
  return sys::call(__NR_ioctl, terminal_.get(), TIOCSWINSZ, &size);
}

}  // namespace gantry
