#include "binding/sealed_program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>

namespace gantry::binding {
namespace {

// Since Linux 6.3 a memory file should say whether it may be executed; older kernels refuse the flags.
constexpr unsigned kNoExecSeal = 0x8;
constexpr unsigned kExec = 0x10;
// F_SEAL_EXEC, also since 6.3: without it root of a container that got hold of the file could take its mode away, and nothing would start any more.
constexpr int kModeSeal = 0x20;
std::atomic<bool> knowsExecFlags{true};

Descriptor createMemory(const char* name, unsigned flags, unsigned execFlag) {
  if (knowsExecFlags) {
    int fd = memfd_create(name, flags | execFlag);
    if (fd >= 0 || errno != EINVAL) return Descriptor(fd);
    knowsExecFlags = false;
  }
  return Descriptor(memfd_create(name, flags));
}

}  // namespace

Descriptor memoryFile(const char* name, std::span<const uint8_t> bytes, Failure& failure) {
  Descriptor file = createMemory(name, MFD_CLOEXEC, kNoExecSeal);
  if (!file) {
    failure = {errno, "memfd_create", name, {}};
    return {};
  }
  for (size_t written = 0; written < bytes.size();) {
    ssize_t size = pwrite(file.get(), bytes.data() + written, bytes.size() - written, static_cast<off_t>(written));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      failure = {errno, "pwrite", name, {}};
      return {};
    }
    written += static_cast<size_t>(size);
  }
  return file;
}

Descriptor sealedProgram(const std::string& path, Failure& failure) {
  Descriptor source(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) {
    failure = {errno, "open", path, {}};
    return {};
  }
  struct stat status;
  if (fstat(source.get(), &status) < 0) {
    failure = {errno, "fstat", path, {}};
    return {};
  }
  Descriptor copy = createMemory("gantry-monitor", MFD_CLOEXEC | MFD_ALLOW_SEALING, kExec);
  if (!copy) {
    failure = {errno, "memfd_create", path, {}};
    return {};
  }
  for (off_t left = status.st_size; left > 0;) {
    ssize_t size = sendfile(copy.get(), source.get(), nullptr, static_cast<size_t>(left));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) {
      failure = {size < 0 ? errno : EIO, "sendfile", path, {}};
      return {};
    }
    left -= size;
  }
  if (fchmod(copy.get(), 0500) < 0) {
    failure = {errno, "fchmod", path, {}};
    return {};
  }
  constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (fcntl(copy.get(), F_ADD_SEALS, seals | (knowsExecFlags ? kModeSeal : 0)) < 0) {
    failure = {errno, "fcntl", path, {}};
    return {};
  }
  return copy;
}

}  // namespace gantry::binding
