#include "launch/program.h"

#include <linux/mman.h>

namespace gantry {
namespace {

constexpr u32 kMagic = 0x50474e47;
constexpr u16 kVersion = 1;
constexpr i64 kEbadmsg = -74;

struct Header {
  u32 magic;
  u16 version;
  u16 sections;
  u32 size;
  u32 reserved;
};

struct SectionRow {
  u32 kind;
  u32 offset;
  u32 bytes;
  u32 count;
};

}  // namespace

Program& Program::operator=(Program&& other) noexcept {
  if (this != &other) {
    if (base_) sys::attempt(__NR_munmap, base_, size_);
    base_ = other.base_;
    size_ = other.size_;
    other.base_ = nullptr;
  }
  return *this;
}

Program::~Program() {
  if (base_) sys::attempt(__NR_munmap, base_, size_);
}

i64 Program::load(i32 fd) {
  Header header;
  i64 n = sys::call(__NR_pread64, fd, &header, sizeof header, 0);
  if (n < 0) return n;
  if (n != sizeof header || header.magic != kMagic || header.version != kVersion) return kEbadmsg;
  i64 end = sys::call(__NR_lseek, fd, 0, 2 /* SEEK_END */);
  if (end != static_cast<i64>(header.size) || header.size > (64u << 20)) return kEbadmsg;
  i64 at = sys::call(__NR_mmap, nullptr, header.size, PROT_READ | PROT_WRITE, 0x02 /* MAP_PRIVATE */, fd, 0);
  if (at < 0 && at > -4096) return at;
  if (base_) sys::attempt(__NR_munmap, base_, size_);
  base_ = reinterpret_cast<u8*>(at);
  size_ = header.size;
  if (check()) return 0;
  sys::attempt(__NR_munmap, base_, size_);
  base_ = nullptr;
  return kEbadmsg;
}

bool Program::check() {
  auto* header = reinterpret_cast<const Header*>(base_);
  u64 table = sizeof(Header) + static_cast<u64>(header->sections) * sizeof(SectionRow);
  if (table > size_) return false;
  auto* rows = reinterpret_cast<const SectionRow*>(base_ + sizeof(Header));
  for (u32 i = 0; i < header->sections; ++i) {
    const SectionRow& row = rows[i];
    if (row.kind >= kSections || row.offset % 8 || row.bytes % 8) return false;
    if (static_cast<u64>(row.offset) + row.bytes > size_) return false;
    u32 done = 0;
    u32 count = 0;
    while (done < row.bytes) {
      if (row.bytes - done < sizeof(OperationHeader)) return false;
      auto* op = reinterpret_cast<OperationHeader*>(base_ + row.offset + done);
      if (op->size < sizeof(OperationHeader) || op->size % 8 || op->size > row.bytes - done) return false;
      if (op->code == 0 || op->code > kOperations || !checkOperation(op, kShapes[op->code])) return false;
      done += op->size;
      ++count;
    }
    if (count != row.count) return false;
  }
  return true;
}

bool Program::checkOperation(OperationHeader* header, const char* shape) {
  u32 cells = (header->size - sizeof(OperationHeader)) / 8;
  auto* cell = reinterpret_cast<u8*>(header + 1);
  for (; *shape; ++shape, cell += 8) {
    if (cells-- == 0) return false;
    if (*shape == 'n') continue;
    const Text& t = *reinterpret_cast<const Text*>(cell);
    if (*shape == 't') {
      if (static_cast<u64>(t.offset) + t.length >= size_ || base_[t.offset + t.length] != 0) return false;
    } else if (*shape == 'u') {
      if (t.offset % 4 || static_cast<u64>(t.offset) + static_cast<u64>(t.length) * 4 > size_) return false;
    } else {
      if (t.offset % 8 || static_cast<u64>(t.offset) + (static_cast<u64>(t.length) + 1) * 8 > size_) return false;
      auto* entries = reinterpret_cast<u64*>(base_ + t.offset);
      if (entries[t.length] != 0) return false;
      for (u32 i = 0; i < t.length; ++i) {
        u64 where = entries[i];
        // A table that two operations share has been turned into pointers already.
        if (where >= reinterpret_cast<u64>(base_) && where < reinterpret_cast<u64>(base_) + size_) continue;
        if (where == 0 || where >= size_) return false;
        usize k = where;
        while (k < size_ && base_[k]) ++k;
        if (k == size_) return false;
        entries[i] = reinterpret_cast<u64>(base_ + where);
      }
    }
  }
  return cells == 0;
}

Program::View Program::section(Section kind) const {
  auto* header = reinterpret_cast<const Header*>(base_);
  auto* rows = reinterpret_cast<const SectionRow*>(base_ + sizeof(Header));
  for (u32 i = 0; i < header->sections; ++i)
    if (rows[i].kind == static_cast<u32>(kind)) return {base_ + rows[i].offset, base_ + rows[i].offset + rows[i].bytes};
  return {};
}

}  // namespace gantry
