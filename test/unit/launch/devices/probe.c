/* Enters a cgroup and tries devices there.
     probe PROCS PROGRAM CGROUP DIRECTORY TYPE:MAJOR:MINOR...
   PROCS: the cgroup.procs to enter. PROGRAM: a file with an eBPF device program to load and attach to CGROUP before, or "-".
   DIRECTORY: where nodes are made. For each device a line of what is allowed of "m", "r", "w" and "b" (reading and writing at once). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  return 2;
}

static int attach(const char *path, const char *cgroup) {
  static char code[1 << 20], log[1 << 20];
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t bytes = file < 0 ? -1 : read(file, code, sizeof code);
  if (bytes < 0) return fail(path);
  union bpf_attr load = {0};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = (unsigned long)code;
  load.insn_cnt = (unsigned)bytes / 8;
  load.license = (unsigned long)"Apache-2.0";
  load.log_buf = (unsigned long)log;
  load.log_size = sizeof log;
  load.log_level = 1;
  int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
  if (program < 0) {
    fprintf(stderr, "%s\n", log);
    return fail("BPF_PROG_LOAD");
  }
  union bpf_attr join = {0};
  join.target_fd = (unsigned)open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  join.attach_bpf_fd = (unsigned)program;
  join.attach_type = BPF_CGROUP_DEVICE;
  join.attach_flags = BPF_F_ALLOW_MULTI;
  if (syscall(SYS_bpf, BPF_PROG_ATTACH, &join, sizeof join)) return fail("BPF_PROG_ATTACH");
  return 0;
}

/* EPERM is the answer of the device controllers; every other error means that they let it pass. */
static int opens(const char *path, int flags) {
  int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd >= 0) close(fd);
  return fd >= 0 || errno != EPERM;
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  char path[4096], other[4112];
  for (int index = 5; index < argc; index++) {
    unsigned major_number, minor_number;
    char type;
    if (sscanf(argv[index], "%c:%u:%u", &type, &major_number, &minor_number) != 3) return 2;
    snprintf(path, sizeof path, "%s/%s", argv[4], argv[index]);
    if (mknod(path, (type == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(major_number, minor_number))) return fail(path);
  }
  if (strcmp(argv[2], "-") && attach(argv[2], argv[3])) return 2;
  pid_t child = fork();
  if (child == 0) {
    int procs = open(argv[1], O_WRONLY | O_CLOEXEC);
    if (procs < 0 || write(procs, "0", 1) != 1) _exit(fail(argv[1]));
    for (int index = 5; index < argc; index++) {
      unsigned major_number, minor_number;
      char type;
      sscanf(argv[index], "%c:%u:%u", &type, &major_number, &minor_number);
      snprintf(path, sizeof path, "%s/%s", argv[4], argv[index]);
      snprintf(other, sizeof other, "%s.made", path);
      int made = !mknod(other, (type == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(major_number, minor_number));
      printf("%s %s%s%s%s\n", argv[index], made ? "m" : "", opens(path, O_RDONLY) ? "r" : "", opens(path, O_WRONLY) ? "w" : "",
             opens(path, O_RDWR) ? "b" : "");
    }
    fflush(stdout);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}
