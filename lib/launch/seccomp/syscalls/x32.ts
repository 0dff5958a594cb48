/** How the calls of x32 differ from those of x86_64 (asm/unistd_x32.h), before its bit is added to the number. */

/** Calls with a number of their own, in the form of x86-64.ts. */
export const x32Moved = `
  512 rt_sigaction rt_sigreturn ioctl readv writev recvfrom sendmsg recvmsg execve ptrace rt_sigpending rt_sigtimedwait
  rt_sigqueueinfo sigaltstack timer_create mq_notify kexec_load waitid set_robust_list get_robust_list vmsplice
  move_pages preadv pwritev rt_tgsigqueueinfo recvmmsg sendmmsg process_vm_readv process_vm_writev setsockopt
  getsockopt io_setup io_submit execveat preadv2 pwritev2
`

/** Calls that x32 does not have. */
export const x32Removed =
  '_sysctl create_module epoll_ctl_old epoll_wait_old get_kernel_syms get_thread_area nfsservctl query_module set_thread_area uselib vserver'
