// A launch program in memory: checked once when loaded, then read without further checks.
#pragma once
#include "sys/fd.h"
#include "tables/tables.h"

namespace gantry {

struct OperationHeader {
  u16 code;
  u16 flags;
  u32 size;
};

class Program {
 public:
  Program() = default;
  Program(Program&& other) noexcept : base_(other.base_), size_(other.size_) { other.base_ = nullptr; }
  Program& operator=(Program&& other) noexcept;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  // Maps the file privately, checks every offset and turns the text tables into pointers. 0 or -errno (EBADMSG: malformed).
  [[nodiscard]] i64 load(i32 fd);
  [[nodiscard]] bool loaded() const { return base_ != nullptr; }

  struct View {
    const u8* at = nullptr;
    const u8* end = nullptr;
    [[nodiscard]] bool empty() const { return at == end; }
    [[nodiscard]] const OperationHeader* front() const { return reinterpret_cast<const OperationHeader*>(at); }
    void next() { at += front()->size; }
  };
  [[nodiscard]] View section(Section kind) const;

  template <class Op>
  static const Op& as(const OperationHeader* header) {
    return *reinterpret_cast<const Op*>(header + 1);
  }
  [[nodiscard]] const char* text(Text t) const { return reinterpret_cast<const char*>(base_ + t.offset); }
  [[nodiscard]] const u8* bytes(Text t) const { return base_ + t.offset; }
  [[nodiscard]] char* const* list(List l) const { return reinterpret_cast<char* const*>(base_ + l.offset); }
  [[nodiscard]] const u32* numbers(List l) const { return reinterpret_cast<const u32*>(base_ + l.offset); }

 private:
  [[nodiscard]] bool check();
  [[nodiscard]] bool checkOperation(OperationHeader* header, const char* shape);

  u8* base_ = nullptr;
  usize size_ = 0;
};

}  // namespace gantry
