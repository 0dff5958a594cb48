// The first instruction of the program: hand argc and argv to monitorMain, and leave with what it returns.
#include "sys/call.h"

int monitorMain(int argc, char** argv);

#ifdef GANTRY_HOSTED
int main(int argc, char** argv) { return monitorMain(argc, argv); }
#else
extern "C" [[noreturn]] __attribute__((used)) void gantryStart(gantry::i64* stack) {
  int status = monitorMain(static_cast<int>(stack[0]), reinterpret_cast<char**>(stack + 1));
  for (;;) gantry::sys::attempt(__NR_exit_group, status);
}

#if defined(__x86_64__)
asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call gantryStart\n");
#else
asm(".globl _start\n_start:\n  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  bl gantryStart\n");
#endif
#endif
