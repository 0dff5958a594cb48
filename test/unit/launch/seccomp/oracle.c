/* Builds a filter with libseccomp from lines on standard input and writes its BPF to standard output. Names that
   libseccomp does not know go to standard error.
     default ACTION | arch NAME | rule ACTION NAME [INDEX OP A B]... */
#include <errno.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum scmp_compare operator(const char *name) {
  if (!strcmp(name, "SCMP_CMP_NE")) return SCMP_CMP_NE;
  if (!strcmp(name, "SCMP_CMP_LT")) return SCMP_CMP_LT;
  if (!strcmp(name, "SCMP_CMP_LE")) return SCMP_CMP_LE;
  if (!strcmp(name, "SCMP_CMP_EQ")) return SCMP_CMP_EQ;
  if (!strcmp(name, "SCMP_CMP_GE")) return SCMP_CMP_GE;
  if (!strcmp(name, "SCMP_CMP_GT")) return SCMP_CMP_GT;
  if (!strcmp(name, "SCMP_CMP_MASKED_EQ")) return SCMP_CMP_MASKED_EQ;
  exit(3);
}

static uint32_t architecture(const char *name) {
  if (!strcmp(name, "SCMP_ARCH_X86_64")) return SCMP_ARCH_X86_64;
  if (!strcmp(name, "SCMP_ARCH_X86")) return SCMP_ARCH_X86;
  if (!strcmp(name, "SCMP_ARCH_X32")) return SCMP_ARCH_X32;
  if (!strcmp(name, "SCMP_ARCH_AARCH64")) return SCMP_ARCH_AARCH64;
  exit(3);
}

static void fail(const char *what, const char *line, int code) {
  fprintf(stderr, "error: %s: %s: %s\n", what, line, strerror(-code));
  exit(2);
}

int main(void) {
  static char line[1 << 16], copy[1 << 16];
  scmp_filter_ctx context = NULL;
  int native = 0;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    strcpy(copy, line);
    char *word = strtok(line, " ");
    if (!strcmp(word, "default")) {
      context = seccomp_init((uint32_t)strtoul(strtok(NULL, " "), NULL, 0));
      if (!context) fail("init", copy, -EINVAL);
      seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
      seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
    } else if (!strcmp(word, "arch")) {
      uint32_t token = architecture(strtok(NULL, " "));
      native |= token == seccomp_arch_native();
      int code = seccomp_arch_add(context, token);
      if (code < 0) fail("arch", copy, code);
    } else {
      uint32_t action = (uint32_t)strtoul(strtok(NULL, " "), NULL, 0);
      const char *name = strtok(NULL, " ");
      int number = seccomp_syscall_resolve_name(name);
      if (number == __NR_SCMP_ERROR) {
        fprintf(stderr, "%s\n", name);
        continue;
      }
      struct scmp_arg_cmp args[6];
      unsigned count = 0;
      for (char *index; count < 6 && (index = strtok(NULL, " ")); count++) {
        args[count].arg = (unsigned)atoi(index);
        args[count].op = operator(strtok(NULL, " "));
        args[count].datum_a = strtoull(strtok(NULL, " "), NULL, 0);
        args[count].datum_b = strtoull(strtok(NULL, " "), NULL, 0);
      }
      int code = seccomp_rule_add_array(context, action, number, count, args);
      /* A rule that is there already, or that an architecture has no call for, changes nothing. */
      if (code < 0 && code != -EEXIST && code != -EDOM) fail("rule", copy, code);
    }
  }
  (void)native;
  return seccomp_export_bpf(context, 1) < 0 ? 2 : 0;
}
