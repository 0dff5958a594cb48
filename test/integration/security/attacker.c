// What a hostile program would try. Runs inside a container; prints one finding a line.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void said(const char *name, long result) { printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "ok"); }

// Each call that is no business of a container's.
static void calls(void) {
  char attr[128] = {0};
  attr[4] = 120;  // sizes of perf_event_attr and of others at the same place
  said("unshare-user", unshare(CLONE_NEWUSER));
  said("unshare-mount", unshare(CLONE_NEWNS));
  said("unshare-net", unshare(CLONE_NEWNET));
  said("unshare-cgroup", unshare(CLONE_NEWCGROUP));
  long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  said("clone-user", pid);
  long arguments[11] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
  pid = syscall(SYS_clone3, arguments, 88);
  if (pid == 0) _exit(0);
  said("clone3", pid);
  said("setns", setns(open("/proc/self/ns/uts", O_RDONLY), 0));
  said("mount", mount("none", "/tmp", "tmpfs", 0, ""));
  said("umount", umount2("/proc", MNT_DETACH));
  said("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  said("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
  said("move_mount", syscall(SYS_move_mount, 0, "", 0, "", 4));
  said("pivot_root", syscall(SYS_pivot_root, ".", "."));
  said("chroot", chroot("/tmp"));
  said("keyctl", syscall(SYS_keyctl, 0, -3, 1));
  said("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
  said("request_key", syscall(SYS_request_key, "user", "x", 0, -3));
  said("bpf", syscall(SYS_bpf, 0, attr, sizeof attr));
  said("perf_event_open", syscall(SYS_perf_event_open, attr, 0, -1, -1, 0));
  said("ptrace-1", ptrace(PTRACE_SEIZE, 1, 0, 0));
  said("process_vm_readv-1", syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0));
  said("pidfd_getfd", syscall(SYS_pidfd_getfd, 0, 0, 0));
  said("kcmp", syscall(SYS_kcmp, 1, 1, 0, 0, 0));
  said("io_uring_setup", syscall(SYS_io_uring_setup, 4, attr));
  said("userfaultfd", syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY));
  said("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, attr, 0));
  said("init_module", syscall(SYS_init_module, attr, 1, ""));
  said("finit_module", syscall(SYS_finit_module, 0, "", 0));
  said("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
  said("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
  said("swapon", syscall(SYS_swapon, "/x", 0));
  said("settimeofday", syscall(SYS_settimeofday, attr, 0));
  said("sethostname", sethostname("x", 1));
  said("iopl", syscall(SYS_iopl, 3));
  said("syslog", syscall(SYS_syslog, 3, attr, 1));
  said("acct", syscall(SYS_acct, 0));
  said("quotactl", syscall(SYS_quotactl, 0, 0, 0, 0));
  said("fanotify_init", syscall(SYS_fanotify_init, 0, 0));
  said("socket-alg", socket(38, SOCK_SEQPACKET, 0));
  said("socket-vsock", socket(40, SOCK_STREAM, 0));
  said("socket-packet", socket(17, SOCK_RAW, 0));
  said("socket-raw", socket(AF_INET, SOCK_RAW, 1));
  said("socket-netfilter", socket(AF_NETLINK, SOCK_RAW, 12));
  said("socket-inet", socket(AF_INET, SOCK_STREAM, 0));
  said("tiocsti", ioctl(0, 0x5412, "x"));
  said("tiocsti-high", syscall(SYS_ioctl, 0, 0x100005412UL, "x"));
  said("personality", syscall(SYS_personality, 0x0040000 /* ADDR_NO_RANDOMIZE */));
#ifdef __x86_64__
  said("x32", syscall(0x40000000 | SYS_getpid));
  said("modify_ldt", syscall(SYS_modify_ldt, 0, attr, 1));
  fflush(stdout);
  pid = fork();
  if (pid == 0) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
    printf("int80 ok\n");
    fflush(stdout);
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) printf("int80 %s\n", sigabbrev_np(WTERMSIG(status)));
#endif
}

// Nodes of every kind, made here and come with the image.
static void nodes(void) {
  static const struct { const char *name; int type, major, minor; } list[] = {{"disk", S_IFBLK, 8, 0}, {"virtual-disk", S_IFBLK, 254, 0}, {"loop", S_IFBLK, 7, 0}, {"memory", S_IFCHR, 1, 1}, {"kmsg", S_IFCHR, 1, 11}, {"tun", S_IFCHR, 10, 200}, {"fuse", S_IFCHR, 10, 229}, {"zero", S_IFCHR, 1, 5}};
  for (unsigned i = 0; i < sizeof list / sizeof *list; ++i) {
    char path[64], text[96];
    const char *directories[] = {"/tmp", "/dev", "/dev/shm", "/nodes", "/shared"};
    for (unsigned d = 0; d < 5; ++d) {
      snprintf(path, sizeof path, "%s/%s", directories[d], list[i].name);
      if (d < 3) {
        snprintf(text, sizeof text, "make %s", path);
        said(text, mknod(path, list[i].type | 0666, makedev(list[i].major, list[i].minor)));
      }
      if (access(path, F_OK)) continue;
      snprintf(text, sizeof text, "open %s", path);
      said(text, open(path, O_RDWR | O_NONBLOCK));
    }
  }
}

static int visit(const char *path, const struct stat *info, int kind, struct FTW *at) {
  (void)at;
  if (kind == FTW_D && !strncmp(path, "/proc/", 6) && path[6] >= '0' && path[6] <= '9') return FTW_SKIP_SUBTREE;
  if (kind != FTW_F || !S_ISREG(info->st_mode)) return FTW_CONTINUE;
  int fd = open(path, O_WRONLY | O_NONBLOCK);
  if (fd >= 0) printf("%s\n", path);
  if (fd >= 0) close(fd);
  return FTW_CONTINUE;
}

// Looks at every process there is, again and again, for something of the host's, until /stop exists.
static void hunt(const char *canary) {
  const char *links[] = {"exe", "cwd", "root"};
  char seen[512][256];
  unsigned count = 0;
  while (access("/stop", F_OK)) {
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(proc));) {
      int pid = atoi(entry->d_name);
      if (pid <= 0 || pid == getpid()) continue;
      char path[300], target[200];
      char found[256];
      for (int i = 0; i < 3; ++i) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, links[i]);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0) continue;
        target[n] = 0;
        snprintf(found, sizeof found, "%s %s", links[i], target);
        goto note;
      back:;
        if (i == 0 && open(path, O_WRONLY) >= 0) printf("WRITABLE %s\n", target);
        if (i == 0 && strstr(target, "memfd")) {
          int fd = open(path, O_RDONLY | O_CLOEXEC);
          if (fd < 0) continue;
          // It may have executed its program meanwhile.
          snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
          n = readlink(path, target, sizeof target - 1);
          if (n > 0 && (target[n] = 0, strstr(target, "memfd"))) printf("mode %s\n", fchmod(fd, 0) == 0 ? "CHANGED" : strerrorname_np(errno));
          close(fd);
        }
        continue;
      note:
        for (unsigned k = 0; k < count; ++k)
          if (!strcmp(seen[k], found)) goto back;
        if (count < 512) strcpy(seen[count++], found), printf("%s\n", found), fflush(stdout);
        goto back;
      }
      snprintf(path, sizeof path, "/proc/%d/fd", pid);
      DIR *fds = opendir(path);
      for (struct dirent *fd; fds && (fd = readdir(fds));) {
        snprintf(path, sizeof path, "/proc/%d/fd/%s", pid, fd->d_name);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n <= 0) continue;
        target[n] = 0;
        int known = 0;
        snprintf(found, sizeof found, "fd %s", strncmp(target, "pipe:", 5) && strncmp(target, "socket:", 7) ? target : "pipe");
        for (unsigned k = 0; k < count; ++k) known |= !strcmp(seen[k], found);
        if (!known && count < 512) strcpy(seen[count++], found), printf("%s\n", found), fflush(stdout);
        // Does it lead to the host?
        char out[600];
        snprintf(out, sizeof out, "%s/../../../../../../../../..%s", path, canary);
        if (!access(out, F_OK)) printf("HOST DIRECTORY %s\n", target), fflush(stdout);
      }
      if (fds) closedir(fds);
      snprintf(path, sizeof path, "/proc/%d/environ", pid);
      int fd = open(path, O_RDONLY);
      char text[4096];
      ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);
      for (ssize_t i = 0; i < n; ++i)
        if (!strncmp(text + i, "GANTRY_SECRET", 13)) printf("ENVIRONMENT OF THE HOST\n"), fflush(stdout);
      if (fd >= 0) close(fd);
    }
    closedir(proc);
  }
  printf("hunted\n");
}

// Processes of every stubborn kind that write their pid into a file until they are killed.
static void stubborn(const char *mark) {
  signal(SIGTERM, SIG_IGN), signal(SIGHUP, SIG_IGN), signal(SIGINT, SIG_IGN);
  char *sleeper[] = {"sleep", (char *)mark, 0};
  if (!fork()) {  // double-forked, in a session of its own
    setsid();
    if (!fork()) execv("/bin/sleep", sleeper);
    _exit(0);
  }
  if (!fork()) {  // stopped
    raise(SIGSTOP);
    execv("/bin/sleep", sleeper);
  }
  if (!fork()) {  // held in a vfork whose child never executes
    if (!vfork()) for (;;) pause();
    execv("/bin/sleep", sleeper);
  }
  if (!fork()) {  // takes the parent-death signal off
    syscall(SYS_prctl, 1, 0, 0, 0, 0);
    execv("/bin/sleep", sleeper);
  }
  syscall(SYS_prctl, 1, 0, 0, 0, 0);
  printf("ready\n");
  fflush(stdout);
  for (;;) pause();
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "calls")) calls();
  if (!strcmp(what, "nodes")) nodes();
  if (!strcmp(what, "hunt")) hunt(argv[2]);
  if (!strcmp(what, "ids")) printf("%d %d\n", getuid(), geteuid());
  if (!strcmp(what, "stubborn")) stubborn(argv[2]);
  if (!strcmp(what, "writable")) {
    nftw("/proc", visit, 32, FTW_PHYS | FTW_ACTIONRETVAL);
    nftw("/sys", visit, 32, FTW_PHYS | FTW_ACTIONRETVAL);
  }
  return 0;
}
