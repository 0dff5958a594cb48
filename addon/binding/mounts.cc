#include "binding/mounts.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "binding/arguments.h"
#include "binding/descriptor.h"
#include "binding/errors.h"

namespace gantry::binding {
namespace {

// A parameter of fsconfig may have 255 bytes.
constexpr size_t kLongestParameter = 255;

struct Directory {
  Descriptor held;
  std::string path;
};

// A name for a directory that fits into a parameter: its path, or the way through a held descriptor.
Directory shortPath(const std::string& path, Failure& failure) {
  if (path.size() <= kLongestParameter) return {{}, path};
  Descriptor held(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!held) {
    failure = {errno, "open", path, {}};
    return {};
  }
  char through[32];
  snprintf(through, sizeof through, "/proc/self/fd/%d", held.get());
  return {std::move(held), through};
}

// An overlay that is being put together.
class Overlay {
 public:
  Overlay() : context_(static_cast<int>(syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC))) {
    if (!context_) failure_ = {errno, "fsopen", "overlay", {}};
  }

  void option(const std::string& text) {
    size_t equals = text.find('=');
    if (equals == std::string::npos) {
      configure(FSCONFIG_SET_FLAG, text, nullptr);
    } else {
      configure(FSCONFIG_SET_STRING, text.substr(0, equals), text.substr(equals + 1).c_str());
    }
  }

  void directory(const char* key, const std::string& path) {
    if (failure_) return;
    Directory directory = shortPath(path, failure_);
    configure(FSCONFIG_SET_STRING, key, directory.path.c_str());
    if (failure_) failure_.path = path;
    directories_.push_back(std::move(directory.held));
  }

  // Since Linux 6.7 a layer at a time; before, one text with colons between the layers. Kernels before 6.5 take any key and complain at the end only.
  void layers(const std::vector<std::string>& paths) {
    if (failure_ || paths.empty()) return;
    if (!takesOneByOne()) return joinedLayers(paths);
    for (const auto& path : paths) directory("lowerdir+", path);
  }

  Descriptor create(unsigned attributes, Failure& failure) {
    configure(FSCONFIG_CMD_CREATE, "", nullptr);
    Descriptor mount;
    if (!failure_) {
      mount.reset(static_cast<int>(syscall(SYS_fsmount, context_.get(), FSMOUNT_CLOEXEC, attributes)));
      if (!mount) failure_ = {errno, "fsmount", "overlay", {}};
    }
    failure = failure_;
    return mount;
  }

 private:
  // By the kernel's version: before 6.5 an unknown key is found out only when the overlay is made.
  static bool takesOneByOne() {
    static const bool known = [] {
      utsname system{};
      int major = 0, minor = 0;
      if (uname(&system) != 0 || sscanf(system.release, "%d.%d", &major, &minor) != 2) return true;
      return major > 6 || (major == 6 && minor >= 7);
    }();
    return known;
  }

  void joinedLayers(const std::vector<std::string>& paths) {
    std::string joined;
    for (const auto& path : paths) {
      Descriptor held(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!held) {
        failure_ = {errno, "open", path, {}};
        return;
      }
      char through[32];
      snprintf(through, sizeof through, "/proc/self/fd/%d", held.get());
      joined += (joined.empty() ? "" : ":") + std::string(through);
      directories_.push_back(std::move(held));
    }
    configure(FSCONFIG_SET_STRING, "lowerdir", joined.c_str());
  }

  void configure(unsigned command, const std::string& key, const char* value) {
    if (failure_) return;
    const char* name = command == FSCONFIG_CMD_CREATE ? nullptr : key.c_str();
    if (syscall(SYS_fsconfig, context_.get(), command, name, value, 0) == 0) return;
    int error = errno;
    failure_ = {error, "fsconfig", key.empty() ? "overlay" : key, explanation()};
  }

  // The kernel leaves its reason in the context, one "e text" a read.
  std::string explanation() {
    std::string text;
    char line[256];
    for (ssize_t size; (size = read(context_.get(), line, sizeof line)) > 2;) {
      std::string_view part(line + 2, static_cast<size_t>(size) - 2);
      while (!part.empty() && part.back() == '\n') part.remove_suffix(1);
      text += (text.empty() ? "" : "; ") + std::string(part);
    }
    return text;
  }

  Descriptor context_;
  std::vector<Descriptor> directories_;
  Failure failure_;
};

// One layer and nothing above it is no overlay: the kernel wants two. A clone of the mount of that directory shows the same.
Descriptor singleLayer(const std::string& path, Failure& failure) {
  Descriptor tree(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  if (!tree) {
    failure = {errno, "open_tree", path, {}};
    return {};
  }
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) {
    failure = {errno, "mount_setattr", path, {}};
    return {};
  }
  return tree;
}

std::optional<std::vector<std::string>> texts(const Napi::Value& value) {
  std::vector<std::string> list;
  auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    auto text = fileName(array.Get(i));
    if (!text) return std::nullopt;
    list.push_back(std::move(*text));
  }
  return list;
}

}  // namespace

Napi::Value mountOverlay(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto lowers = texts(info[0]);
  auto options = lowers ? texts(info[4]) : std::nullopt;
  if (!options) return env.Undefined();
  Failure failure;
  Descriptor mount;
  if (info[1].IsNull() && lowers->size() == 1) {
    mount = singleLayer(lowers->front(), failure);
  } else {
    Overlay overlay;
    overlay.layers(*lowers);
    if (!info[1].IsNull()) {
      auto upper = fileName(info[1]);
      auto work = upper ? fileName(info[2]) : std::nullopt;
      if (!work) return env.Undefined();
      overlay.directory("upperdir", *upper);
      overlay.directory("workdir", *work);
    }
    for (const auto& option : *options) overlay.option(option);
    mount = overlay.create(boolean(info, 3) ? MOUNT_ATTR_RDONLY : 0, failure);
  }
  if (failure) return throwFailure(env, failure);
  return Napi::Number::New(env, mount.release());
}

}  // namespace gantry::binding
