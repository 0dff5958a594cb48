/**
 * The system calls that ordinary programs live on, by purpose. What is here works on objects that the caller already holds or may open by
 * the file system's own rules, or is checked by the kernel against capabilities that a container lacks. Names of other
 * architectures are ignored there.
 */
const calls = {
  descriptors: `open openat openat2 creat close close_range read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2
    lseek _llseek dup dup2 dup3 fcntl fcntl64 flock pipe pipe2 sendfile sendfile64 splice tee vmsplice copy_file_range
    truncate truncate64 ftruncate ftruncate64 fallocate fadvise64 fadvise64_64 readahead cachestat
    sync fsync fdatasync syncfs sync_file_range`,
  names: `access faccessat faccessat2 stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64
    getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat
    readlink readlinkat mknod mknodat chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 lchown lchown32 fchownat umask
    utime utimes futimesat utimensat utimensat_time64 name_to_handle_at file_getattr file_setattr statmount listmount
    getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat
    listxattr llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat`,
  waiting: `select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
    epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_settime64 timerfd_gettime timerfd_gettime64
    inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
    io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64`,
  memory: `brk mmap mmap2 munmap mremap mprotect madvise process_madvise msync mincore mlock mlock2 munlock mlockall munlockall
    remap_file_pages memfd_create memfd_secret membarrier pkey_alloc pkey_free pkey_mprotect map_shadow_stack mseal`,
  processes: `fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid getpgid getpgrp setpgid getsid setsid
    set_tid_address set_robust_list get_robust_list rseq rseq_slice_yield prctl arch_prctl set_thread_area get_thread_area
    pidfd_open pidfd_send_signal process_mrelease uprobe uretprobe restart_syscall`,
  // A program may always give up more of its rights.
  restraint: `seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self capget capset lsm_get_self_attr lsm_list_modules`,
  threads: `futex futex_time64 futex_waitv futex_wait futex_wake futex_requeue sched_yield sched_getaffinity sched_setaffinity
    sched_getattr sched_setattr sched_getparam sched_setparam sched_getscheduler sched_setscheduler sched_get_priority_max
    sched_get_priority_min sched_rr_get_interval sched_rr_get_interval_time64 getcpu getpriority setpriority nice ioprio_get ioprio_set`,
  signals: `kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigpending rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_sigtimedwait_time64 sigaltstack sigaction signal sigpending sigprocmask sigreturn sigsuspend alarm pause`,
  // Setting a clock needs CAP_SYS_TIME also in the calls that are here for reading it.
  time: `time times gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 nanosleep clock_nanosleep
    clock_nanosleep_time64 adjtimex clock_adjtime clock_adjtime64 getitimer setitimer timer_create timer_delete timer_getoverrun
    timer_gettime timer_gettime64 timer_settime timer_settime64`,
  identities: `getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid getresgid32
    getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32
    setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32`,
  machine: 'uname sysinfo getrandom getrlimit ugetrlimit setrlimit prlimit64 getrusage',
  // Inside an IPC namespace.
  messages: `shmget shmat shmdt shmctl semget semop semtimedop semtimedop_time64 semctl msgget msgsnd msgrcv msgctl ipc
    mq_open mq_unlink mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64 mq_notify mq_getsetattr`,
  // socket and socketpair have rules on their family.
  sockets: `bind listen accept accept4 connect getsockname getpeername getsockopt setsockopt shutdown send sendto sendmsg sendmmsg
    recv recvfrom recvmsg recvmmsg recvmmsg_time64`,
}

export const ordinaryCalls: readonly string[] = Object.values(calls).flatMap(words)

export function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
