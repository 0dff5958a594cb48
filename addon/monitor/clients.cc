#include "monitor/clients.h"

namespace gantry {
namespace {

// SO_SNDBUF: what the kernel gives by default (it doubles the number), and what an answer, or a piece for one who is waited for, may go beyond it.
constexpr i32 kUsualBuffer = 106496, kLiftedBuffer = 425984;
// More than a container can leave behind in its pipes. Beyond the machine's bound, which is for those with CAP_NET_ADMIN.
constexpr i32 kStretchedBuffer = 16 << 20;

void setBuffer(i32 fd, i32 size) { sys::attempt(__NR_setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size); }

bool stretchBuffer(i32 fd) { return sys::call(__NR_setsockopt, fd, SOL_SOCKET, SO_SNDBUFFORCE, &kStretchedBuffer, sizeof kStretchedBuffer) >= 0; }

bool writableBefore(i32 fd, i64 deadline) {
  pollfd what{fd, POLLOUT, 0};
  i64 left = deadline - steadyClock();
  if (left < 0) left = 0;
  __kernel_timespec timeout{left / kSecond, left % kSecond};
  return again(__NR_ppoll, &what, 1, &timeout, nullptr, 8) > 0 && (what.revents & POLLOUT);
}

// In the current directory. The name appears only when the socket listens, so that nobody who sees it is turned away.
i64 bindHere(i32 socket) {
  sockaddr_un address{kAfUnix, ".monitor.sock"};
  i64 mask = sys::call(__NR_umask, 0177);
  i64 done;
  do done = sys::call(__NR_bind, socket, &address, sizeof address.sun_family + sizeof ".monitor.sock");
  while (done == -EADDRINUSE && sys::call(__NR_unlinkat, AT_FDCWD, address.sun_path, 0) == 0);
  sys::attempt(__NR_umask, mask);
  if (done >= 0) done = sys::call(__NR_listen, socket, 128);
  if (done >= 0) done = sys::call(__NR_renameat, AT_FDCWD, address.sun_path, AT_FDCWD, "monitor.sock");
  return done;
}

}  // namespace

i64 Clients::adopt(Loop& loop, Fd& fd, bool owner) {
  u32 index = owner ? kOwner : 1;
  while (index < kMost && table_[index].fd) ++index;
  if (index == kMost) return -EAGAIN;
  Client& client = table_[index];
  client = Client{};
  client.fd = static_cast<Fd&&>(fd);
  client.generation = ++generations_;
  client.owner = client.watching = owner;
  setBuffer(client.fd.get(), kUsualBuffer);
  i64 added = loop.add(client.fd.get(), kReadable | kPeerClosed, Source::Client, index, client.generation);
  if (added < 0) {
    fd = static_cast<Fd&&>(client.fd);
    return added;
  }
  ++count_;
  if (index >= limit_) limit_ = index + 1;
  return index;
}

i64 Clients::listen(Loop& loop, const char* directory) {
  i64 made = sys::call(__NR_socket, kAfUnix, kSeqpacket | O_CLOEXEC | O_NONBLOCK, 0);
  if (made < 0) return made;
  listener_ = Fd(made);
  // A path may be longer than the 108 bytes of an address: bind by the name alone, from inside the directory.
  i64 done = sys::call(__NR_chdir, directory);
  if (done < 0) return done;
  done = bindHere(listener_.get());
  sys::attempt(__NR_chdir, "/");
  if (done < 0) return done;
  return loop.add(listener_.get(), kReadable, Source::Listener);
}

void Clients::accept(Loop& loop) {
  for (u32 i = 0; i < Loop::kBatch; ++i) {
    i64 accepted = again(__NR_accept4, listener_.get(), nullptr, nullptr, O_CLOEXEC | O_NONBLOCK);
    if (accepted < 0) return;
    Fd fd(accepted);
    Credentials peer{-1, ~0u, ~0u};
    u32 size = sizeof peer;
    i64 known = sys::call(__NR_getsockopt, fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
    u32 own = static_cast<u32>(sys::raw(__NR_geteuid));
    if (known < 0 || (peer.uid != 0 && peer.uid != own)) continue;
    if (adopt(loop, fd, false) >= 0) continue;
    MsgRefused full{EAGAIN};
    MessageHeader header{static_cast<u32>(Message::Refused), 0};
    iovec parts[2] = {{&header, sizeof header}, {&full, sizeof full}};
    MessageVector message;
    message.parts = parts, message.partCount = 2;
    sys::attempt(__NR_sendmsg, fd.get(), &message, kMsgDontWait | kMsgNoSignal);
  }
}

void Clients::close(Loop& loop, u32 index) {
  Client& client = table_[index];
  if (!client.fd) return;
  loop.remove(client.fd.get());
  client = Client{};
  --count_;
  while (limit_ > 0 && !table_[limit_ - 1].fd) --limit_;
}

void Clients::interest(Loop& loop, u32 index) {
  Client& client = table_[index];
  u32 events = (client.parked ? 0 : kReadable) | kPeerClosed | (client.full ? kWritable : 0);
  (void)loop.change(client.fd.get(), events, Source::Client, index, client.generation);
}

Client* Clients::find(const Requester& who) {
  if (who.client >= kMost) return nullptr;
  Client& client = table_[who.client];
  return client.fd && client.generation == who.generation ? &client : nullptr;
}

i64 Clients::send(Client& client, Message type, u32 id, const void* body, usize size, const void* tail, usize tailSize, i32 descriptor) {
  MessageHeader header{static_cast<u32>(type), id};
  iovec parts[3] = {{&header, sizeof header}, {const_cast<void*>(body), size}, {const_cast<void*>(tail), tailSize}};
  struct {
    ControlHeader header;
    i32 fd, padding;
  } control{{sizeof(ControlHeader) + sizeof(i32), SOL_SOCKET, kScmRights}, descriptor, 0};
  MessageVector message;
  message.parts = parts;
  message.partCount = 3;
  if (descriptor >= 0) {
    message.control = &control;
    message.controlLength = sizeof control;
  }
  return again(__NR_sendmsg, client.fd.get(), &message, kMsgDontWait | kMsgNoSignal);
}

void Clients::post(Client& client, Message type, u32 id, const void* body, usize size, i32 descriptor) {
  (void)sendLifted(client, type, id, body, size, nullptr, 0, descriptor);
}

i64 Clients::sendLifted(Client& client, Message type, u32 id, const void* body, usize size, const void* tail, usize tailSize, i32 descriptor) {
  i64 sent = send(client, type, id, body, size, tail, tailSize, descriptor);
  if (sent != -EAGAIN || client.stretched) return sent;
  setBuffer(client.fd.get(), kLiftedBuffer);
  sent = send(client, type, id, body, size, tail, tailSize, descriptor);
  setBuffer(client.fd.get(), kUsualBuffer);
  return sent;
}

void Clients::output(Loop& loop, u32 stream, const u8* data, usize n) {
  MsgOutput fields{stream};
  for (u32 i = 0; i < limit_; ++i) {
    Client& client = table_[i];
    if (!client.fd || !client.takes(stream)) continue;
    for (usize at = 0; at < n;) {
      usize piece = n - at < kOutputPiece ? n - at : kOutputPiece;
      // Once something was missed the rest waits for the `missed` message, so that bytes are never out of order.
      i64 sent = client.full && !client.waitedFor ? -EAGAIN : send(client, Message::Output, 0, &fields, sizeof fields, data + at, piece, -1);
      if (sent == -EAGAIN && client.waitedFor) {
        // What has been read must go somewhere; no more is read until there is room.
        sent = sendLifted(client, Message::Output, 0, &fields, sizeof fields, data + at, piece, -1);
        fill(loop, i);
      }
      if (sent == -EAGAIN || sent == -ENOBUFS || sent == -ENOMEM) {
        client.missed[stream] += n - at;
        fill(loop, i);
        break;
      }
      if (sent < 0) break;  // its closing will be seen
      at += piece;
    }
  }
}

void Clients::fill(Loop& loop, u32 index) {
  if (table_[index].full) return;
  table_[index].full = true;
  interest(loop, index);
}

bool Clients::holdBack(u32 stream) const {
  for (u32 i = 0; i < limit_; ++i)
    if (table_[i].waitedFor && table_[i].full && table_[i].takes(stream)) return true;
  return false;
}

void Clients::makeRoom(Loop& loop, i64 deadline) {
  for (u32 i = 0; i < limit_; ++i) {
    Client& client = table_[i];
    if (!client.waitedFor || !client.full || client.stretched) continue;
    client.stretched = stretchBuffer(client.fd.get());
    if (client.stretched) continue;
    if (writableBefore(client.fd.get(), deadline))
      writable(loop, i);
    else
      client.waitedFor = false;
  }
}

void Clients::settleMissed() {
  for (u32 i = 0; i < limit_; ++i)
    for (u32 stream = 0; table_[i].fd && stream < kStreams; ++stream) {
      if (!table_[i].missed[stream]) continue;
      MsgMissed fields{stream, static_cast<i64>(table_[i].missed[stream])};
      post(table_[i], Message::Missed, 0, &fields, sizeof fields, -1);
      table_[i].missed[stream] = 0;
    }
}

void Clients::writable(Loop& loop, u32 index) {
  Client& client = table_[index];
  for (u32 stream = 0; stream < kStreams; ++stream) {
    if (!client.missed[stream]) continue;
    MsgMissed fields{stream, static_cast<i64>(client.missed[stream])};
    if (send(client, Message::Missed, 0, &fields, sizeof fields, nullptr, 0, -1) == -EAGAIN) return;
    client.missed[stream] = 0;
  }
  client.full = false;
  if (client.stretched) setBuffer(client.fd.get(), kUsualBuffer);
  client.stretched = false;
  interest(loop, index);
}

}  // namespace gantry
