#include "binding/attributes.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "binding/arguments.h"
#include "binding/descriptor.h"
#include "binding/errors.h"

namespace gantry::binding {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

int64_t nanoseconds(const statx_timestamp& time) { return time.tv_sec * kSecond + time.tv_nsec; }

timespec timeOf(int64_t value) {
  int64_t seconds = value / kSecond;
  int64_t rest = value % kSecond;
  if (rest < 0) {
    --seconds;
    rest += kSecond;
  }
  return {static_cast<time_t>(seconds), static_cast<long>(rest)};
}

int noFollow(const std::string& name) { return AT_SYMLINK_NOFOLLOW | (name.empty() ? AT_EMPTY_PATH : 0); }

// Before Linux 6.6 no system call changes a mode without following a link: hold the file, see that it is none, and go through /proc.
int changeModeByDescriptor(int directory, const std::string& name, mode_t mode) {
  Descriptor held(name.empty() ? fcntl(directory, F_DUPFD_CLOEXEC, 3)
                               : openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (!held || fstat(held.get(), &status) < 0) return -1;
  if (S_ISLNK(status.st_mode)) {
    errno = EOPNOTSUPP;
    return -1;
  }
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", held.get());
  return chmod(path, mode);
}

}  // namespace

Napi::Value statusAt(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto name = fileName(info[1]);
  if (!name) return env.Undefined();
  int flags = noFollow(*name);
  if (boolean(info, 2)) flags &= ~AT_SYMLINK_NOFOLLOW;
  struct statx status;
  constexpr unsigned kMountId = 0x1000;  // STATX_MNT_ID
  if (statx(integer(info, 0), name->c_str(), flags | AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS | STATX_BTIME | kMountId, &status) < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Napi::Boolean::New(env, false);
    return throwSystemError(env, errno, "statx", *name);
  }
  auto numbers = info[3].As<Napi::Float64Array>();
  auto large = info[4].As<Napi::BigInt64Array>();
  double* n = numbers.Data();
  n[0] = status.stx_mode;
  n[1] = status.stx_uid;
  n[2] = status.stx_gid;
  n[3] = static_cast<double>(status.stx_size);
  n[4] = static_cast<double>(makedev(status.stx_dev_major, status.stx_dev_minor));
  n[5] = static_cast<double>(makedev(status.stx_rdev_major, status.stx_rdev_minor));
  n[6] = status.stx_nlink;
  n[7] = static_cast<double>(status.stx_blocks);
  int64_t* l = large.Data();
  l[0] = static_cast<int64_t>(status.stx_ino);
  l[1] = nanoseconds(status.stx_atime);
  l[2] = nanoseconds(status.stx_mtime);
  l[3] = nanoseconds(status.stx_ctime);
  l[4] = status.stx_mask & STATX_BTIME ? nanoseconds(status.stx_btime) : 0;
  return Napi::Boolean::New(env, true);
}

Napi::Value ownerAt(const Napi::CallbackInfo& info) {
  auto name = fileName(info[1]);
  if (!name) return info.Env().Undefined();
  int result = fchownat(integer(info, 0), name->c_str(), unsignedInteger(info, 2), unsignedInteger(info, 3), noFollow(*name));
  return doneOf(info.Env(), result, "fchownat", *name);
}

Napi::Value modeAt(const Napi::CallbackInfo& info) {
  constexpr long kChangeMode = 452;  // fchmodat2: the same number on every architecture
  auto name = fileName(info[1]);
  if (!name) return info.Env().Undefined();
  int directory = integer(info, 0);
  mode_t mode = unsignedInteger(info, 2);
  long result = syscall(kChangeMode, directory, name->c_str(), mode, noFollow(*name));
  // A seccomp filter that is older than the call may say EPERM.
  if (result < 0 && (errno == ENOSYS || errno == EPERM)) result = changeModeByDescriptor(directory, *name, mode);
  return doneOf(info.Env(), result, "fchmodat2", *name);
}

Napi::Value timesAt(const Napi::CallbackInfo& info) {
  auto name = fileName(info[1]);
  if (!name) return info.Env().Undefined();
  bool lossless;
  timespec times[2] = {timeOf(info[2].As<Napi::BigInt>().Int64Value(&lossless)),
                       timeOf(info[3].As<Napi::BigInt>().Int64Value(&lossless))};
  int result = utimensat(integer(info, 0), name->c_str(), times, noFollow(*name));
  return doneOf(info.Env(), result, "utimensat", *name);
}

}  // namespace gantry::binding
