// Fixed-width names used by everything that is compiled without a C library.
#pragma once

namespace gantry {
using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long;
using i32 = int;
using i64 = long;
using usize = unsigned long;
}  // namespace gantry
