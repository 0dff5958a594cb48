/* Loads the filter in the file argv[1] with the flags argv[2] and then
     -- PROGRAM...     executes a program, or
     NUMBER,ARG,...    makes each of these system calls in a child and prints its result: 0 or more, -errno, or "signal N". */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static struct sock_filter code[4096];
  if (argc < 4) return 2;
  int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
  ssize_t bytes = read(fd, code, sizeof code);
  close(fd);
  if (bytes <= 0) return 2;
  struct sock_fprog filter = {(unsigned short)(bytes / 8), code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return 3;
  if (!strcmp(argv[3], "--")) {
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, strtoul(argv[2], NULL, 0), &filter)) return 4;
    execvp(argv[4], argv + 4);
    return 5;
  }
  for (int index = 3; index < argc; index++) {
    unsigned long call[7] = {0};
    char *rest = argv[index];
    for (int field = 0; field < 7 && rest; field++) {
      char *word = strsep(&rest, ",");
      call[field] = strtoul(word, NULL, 0);
    }
    int ends[2];
    if (pipe(ends)) return 6;
    pid_t child = fork();
    if (child == 0) {
      if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, strtoul(argv[2], NULL, 0), &filter)) _exit(4);
      long result = syscall((long)call[0], call[1], call[2], call[3], call[4], call[5], call[6]);
      result = result < 0 ? -errno : 0;
      if (write(ends[1], &result, sizeof result) != sizeof result) _exit(7);
      _exit(0);
    }
    close(ends[1]);
    long result = 0;
    ssize_t got = read(ends[0], &result, sizeof result);
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
    else if (got != sizeof result) printf("exit %d\n", WEXITSTATUS(status));
    else printf("%ld\n", result);
  }
  return 0;
}
