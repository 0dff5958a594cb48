// Takes the exit status of children that the addon started, through their pidfds, so that none stays a zombie: also when Node is pid 1, and without
// touching the children that others started.
#pragma once
#include "binding/descriptor.h"
#include "binding/environment.h"

namespace gantry::binding {

// Reaps the child when it ends. Does not keep the event loop alive.
void reapWhenEnded(Environment& environment, Descriptor pidfd);

}  // namespace gantry::binding
