// Executes the sections of a launch program. Knows kernel operations and nothing of containers.
#pragma once
#include "launch/program.h"

namespace gantry {

struct Failure {
  Section section;
  u32 index;
  Operation operation;
  i32 error;  // errno; 0 means that nothing failed
};

// A child made by the clone operation. `sync` reports failures and the terminal, and closes when the program was executed.
struct Child {
  i32 pid = 0;
  Fd pidfd;
  Fd sync;
  Fd initStatus;  // built-in init only: carries the wait status of the program before init exits
  Fd terminal;    // the master of a pty that the child opened
};

class Slots {
 public:
  [[nodiscard]] i32 get(i64 index) const { return index < 0 || index >= slot::kCount ? -1 : held_[index].get(); }
  // The value for a *at() directory argument: -1 (none) is the current directory.
  [[nodiscard]] i32 directory(i64 index) const { return index < 0 ? -100 /* AT_FDCWD */ : get(index); }
  void set(i64 index, i64 fd) {
    if (index >= 0 && index < slot::kCount) held_[index].reset(static_cast<i32>(fd));
  }
  [[nodiscard]] i32 take(i64 index) { return held_[index].release(); }
  // Closes every slot from the first free one up; those below belong to the monitor.
  void closeFree() {
    for (i64 i = slot::kFirstFree; i < slot::kCount; ++i) held_[i].reset();
  }

 private:
  Fd held_[slot::kCount];
};

// Makes a network namespace with lo up and holds it in slot::kNetwork, for the freshNetwork operation to come. It costs a third of a millisecond,
// so a monitor that waits for work does it while it waits.
[[nodiscard]] i64 makeNetworkAhead(Slots& slots);

enum class Outcome { Done, Failed, AtBarrier, Launching };

struct Run {
  Outcome outcome = Outcome::Done;
  Failure failure{};
  Program::View rest;  // after a barrier: what is still to do
  u32 index = 0;       // of the operation at `rest`
};

// Runs a section in the monitor. If the section cloned a child, `child` holds it, and the call returns after the child has executed its
// program (or failed: then the child has been reaped). After a barrier call resume().
[[nodiscard]] Run runSection(const Program& program, Section section, Slots& slots, Child& child);
[[nodiscard]] Run resume(const Program& program, Section section, const Run& at, Slots& slots, Child& child);

// As runSection, but does not wait for a child: the answer is then Launching, and proceed() tells more whenever child.sync is readable. For a child
// that joins others in their pid namespace: they can stop it before it has executed its program, and whoever waited for it would stand still as well.
[[nodiscard]] Run launchSection(const Program& program, Section section, Slots& slots, Child& child);
// `section` is the child's, for its failures.
[[nodiscard]] Run proceed(Section section, Child& child);

}  // namespace gantry
