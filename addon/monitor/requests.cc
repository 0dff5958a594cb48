// Messages of clients: received, checked, and handed to those who act on them.
#include "monitor/buffers.h"
#include "monitor/monitor.h"
#include "sys/memory.h"

namespace gantry {
namespace {

constexpr u32 kMostDescriptors = 6;  // a program, three streams, and the other ends of two
constexpr u32 kMessagesATurn = 16;

struct Packet {
  u32 type = 0;
  Requester who;
  const u8* fields = nullptr;
  usize size = 0;  // of the fields and the tail
  Fd descriptors[kMostDescriptors];
  u32 descriptorCount = 0;

  // The fields of a message; false when they are not all there.
  template <class M>
  bool read(M& message) const {
    if (size < sizeof message) return false;
    memcpy(&message, fields, sizeof message);
    return true;
  }
  template <class M>
  [[nodiscard]] const u8* tail() const {
    return fields + Clients::bodySize<M>();
  }
  template <class M>
  [[nodiscard]] usize tailSize() const {
    return size - Clients::bodySize<M>();
  }
};

void resize(Monitor& m, const Requester& who, const MsgResize& how) {
  i64 done = -ESRCH;
  if (how.execute == 0) {
    done = m.streams.resize(how.rows, how.columns);
  } else if (Execute* found = m.executes.byRequest(who, static_cast<u32>(how.execute))) {
    winsize size{static_cast<unsigned short>(how.rows), static_cast<unsigned short>(how.columns), 0, 0};
    done = found->child.terminal ? sys::call(__NR_ioctl, found->child.terminal.get(), TIOCSWINSZ, &size) : -ENOTTY;
  }
  if (done < 0) return m.clients.refuse(who, done);
  m.clients.done(who);
}

void signalExecute(Monitor& m, const Requester& who, const MsgExecuteSignal& how) {
  Execute* found = how.pid > 0 ? m.executes.byPid(how.pid) : m.executes.byRequest(who, static_cast<u32>(how.execute));
  if (!found) return m.clients.refuse(who, ESRCH);
  i64 done = how.signal < 0 || how.signal > 64 ? -EINVAL : sys::call(__NR_pidfd_send_signal, found->child.pidfd.get(), how.signal, nullptr, 0);
  if (done < 0) return m.clients.refuse(who, done);
  m.clients.done(who);
}

void attach(Monitor& m, const Requester& who, const MsgAttach& how) {
  if (!m.settings.pumped) return m.clients.refuse(who, EOPNOTSUPP);
  Client& client = m.clients.at(who.client);
  client.givesStdin |= how.stdin != 0;
  client.takesStdout = how.stdout != 0;
  client.takesStderr = how.stderr != 0;
  // What it has missed before is told before what it will not miss.
  if (how.wait) m.clients.settleMissed();
  client.waitedFor = how.wait != 0;
  m.streams.goOn();
  m.clients.done(who);
}

void changeSettings(Monitor& m, const Requester& who, const MsgSettings& how, const u8* attributes, usize n) {
  if (how.policy < -1 || how.policy > static_cast<i64>(RestartPolicy::UnlessStopped) || (how.policy >= 0 && how.maximum < 0)) return m.clients.refuse(who, EINVAL);
  if (n && !m.journal.describe(attributes, n)) return m.clients.refuse(who, n > Journal::kMostAttributes ? EMSGSIZE : EINVAL);
  if (how.policy >= 0) {
    m.restart.kind = static_cast<RestartPolicy::Kind>(how.policy);
    m.restart.maximum = static_cast<u64>(how.maximum);
  }
  m.clients.done(who);
}

void giveRoot(Monitor& m, const Requester& who) {
  i32 root = m.slots.get(slot::kRootMount);
  if (root < 0) return m.clients.refuse(who, ENOENT);
  m.clients.done(who, 0, root);
}

void dispatch(Monitor& m, Packet& packet) {
  const Requester& who = packet.who;
  auto malformed = [&] { m.clients.refuse(who, EBADMSG); };
  switch (static_cast<Message>(packet.type)) {
    case Message::Start: return startContainer(m, who);
    case Message::Signal: {
      MsgSignal how;
      return packet.read(how) ? signalContainer(m, who, how) : malformed();
    }
    case Message::Stop: {
      MsgStop how;
      return packet.read(how) ? stopContainer(m, who, how) : malformed();
    }
    case Message::Pause: return pauseContainer(m, who);
    case Message::Resume: return resumeContainer(m, who);
    case Message::Execute: {
      MsgExecute how;
      return packet.read(how) ? execute(m, who, how, packet.descriptors, packet.descriptorCount) : malformed();
    }
    case Message::ExecuteSignal: {
      MsgExecuteSignal how;
      return packet.read(how) ? signalExecute(m, who, how) : malformed();
    }
    case Message::Resize: {
      MsgResize how;
      return packet.read(how) ? resize(m, who, how) : malformed();
    }
    case Message::Attach: {
      MsgAttach how;
      return packet.read(how) ? attach(m, who, how) : malformed();
    }
    case Message::Input: {
      i64 taken = m.streams.input(who.client, packet.tail<MsgInput>(), packet.tailSize<MsgInput>());
      if (taken < 0) m.clients.refuse(who, taken);
      return;
    }
    case Message::Watch: m.clients.at(who.client).watching = true; return m.clients.done(who);
    case Message::Settings: {
      MsgSettings how;
      return packet.read(how) ? changeSettings(m, who, how, packet.tail<MsgSettings>(), packet.tailSize<MsgSettings>()) : malformed();
    }
    case Message::RootDescriptor: return giveRoot(m, who);
    case Message::Query:
      return m.clients.reply(who, MsgState{static_cast<i64>(m.life.status), m.life.child.pid, m.life.startedAtNs, m.restart.count, m.health.status});
    default: return malformed();
  }
}

// The descriptors that came with a message; those that nobody wants are closed at once.
void takeDescriptors(const MessageVector& message, const u8* control, Packet& packet) {
  for (u64 at = 0; at + sizeof(ControlHeader) <= message.controlLength;) {
    ControlHeader header;
    memcpy(&header, control + at, sizeof header);
    if (header.length < sizeof header || header.length > message.controlLength - at) return;
    if (header.level == SOL_SOCKET && header.type == kScmRights)
      for (u64 i = at + sizeof header; i + sizeof(i32) <= at + header.length; i += sizeof(i32)) {
        i32 fd;
        memcpy(&fd, control + i, sizeof fd);
        Fd held(fd);
        if (packet.descriptorCount < kMostDescriptors) packet.descriptors[packet.descriptorCount++] = static_cast<Fd&&>(held);
      }
    at += (header.length + 7) & ~7ul;
  }
}

enum class Received { Message, Nothing, Closed };

Received receive(Monitor& m, u32 index, u32 events) {
  Client& client = m.clients.at(index);
  u8* buffer = buffers::received();
  iovec part{buffer, buffers::kLargestMessage};
  alignas(8) u8 control[sizeof(ControlHeader) + 16 * sizeof(i32)];
  MessageVector message;
  message.parts = &part;
  message.partCount = 1;
  message.control = control;
  message.controlLength = sizeof control;
  i64 n = again(__NR_recvmsg, client.fd.get(), &message, kMsgDontWait | kMsgCloexec);
  if (n == -EAGAIN) return Received::Nothing;
  // The other end has left with messages of ours unread; what it sent before is still to come.
  if (n == -ECONNRESET) return Received::Message;
  if (n < 0) return Received::Closed;
  Packet packet;
  takeDescriptors(message, control, packet);
  // An empty message and the end look the same, but for what the loop has said.
  if (n == 0 && (events & (kPeerClosed | kHangUp))) return Received::Closed;
  packet.who = {index, client.generation, 0};
  MessageHeader header{};
  if (n >= static_cast<i64>(sizeof header)) {
    memcpy(&header, buffer, sizeof header);
    packet.who.id = header.id;
  }
  if (n < static_cast<i64>(sizeof header) || (message.flags & kMsgTruncated)) {
    m.clients.refuse(packet.who, message.flags & kMsgTruncated ? EMSGSIZE : EBADMSG);
    return Received::Message;
  }
  packet.type = header.type;
  packet.fields = buffer + sizeof header;
  packet.size = static_cast<usize>(n) - sizeof header;
  dispatch(m, packet);
  return Received::Message;
}

}  // namespace

void receiveFrom(Monitor& m, u32 index, u32 events) {
  Client& client = m.clients.at(index);
  u32 generation = client.generation;
  if (events & kWritable) {
    m.clients.writable(m.loop, index);
    m.streams.goOn();
  }
  if (client.parked) {
    if (!(events & (kPeerClosed | kHangUp | kError))) return;
    if (client.owner && m.settings.endsWithOwner) return clientGone(m, index);
    // It has left; what it gave is still to be taken, and after that we see its end.
    m.loop.remove(client.fd.get());
    client.closing = true;
    client.waitedFor = false;
    return m.streams.goOn();
  }
  for (u32 i = 0; i < kMessagesATurn && !m.leaving; ++i) {
    if (!client.fd || client.generation != generation || client.parked) return;
    Received got = receive(m, index, events);
    if (got == Received::Closed) return clientGone(m, index);
    if (got == Received::Nothing) return;
  }
}

void clientGone(Monitor& m, u32 index) {
  Client& client = m.clients.at(index);
  Requester gone{index, client.generation, 0};
  bool owner = client.owner, gaveStdin = client.givesStdin;
  m.clients.close(m.loop, index);
  m.executes.clientLeft(m.loop, m.drains, gone);
  if (gaveStdin) m.streams.inputLeft();
  m.streams.goOn();
  if (m.leaving) return;
  if (owner && m.settings.endsWithOwner) return endBecause(m, false);
  // Never started, and nobody left who could start it: the container stays what it was on the disk.
  if (m.life.status == Status::Created && !m.life.atBarrier && m.clients.count() == 0) m.leaving = true;
}

}  // namespace gantry
