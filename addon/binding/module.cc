// What lib/native sees of the addon.
#include <napi.h>

#include "binding/attributes.h"
#include "binding/channel.h"
#include "binding/descriptors.h"
#include "binding/environment.h"
#include "binding/files.h"
#include "binding/holes.h"
#include "binding/monitors.h"
#include "binding/mounts.h"
#include "binding/pipe_reader.h"
#include "binding/xattrs.h"

namespace gantry::binding {
namespace {

Napi::Object load(Napi::Env env, Napi::Object exports) {
  Environment::create(env);
  exports.Set("Channel", Channel::define(env));
  exports.Set("PipeReader", PipeReader::define(env));

  auto add = [&]<Napi::Value (*function)(const Napi::CallbackInfo&)>(const char* name) {
    exports.Set(name, Napi::Function::New<function>(env, name));
  };
  add.operator()<spawnMonitor>("spawnMonitor");
  add.operator()<spawnWaiting>("spawnWaiting");
  add.operator()<giveWork>("giveWork");
  add.operator()<connectMonitor>("connectMonitor");

  add.operator()<makePipe>("makePipe");
  add.operator()<makeSocketPair>("makeSocketPair");
  add.operator()<makeMemoryFile>("makeMemoryFile");
  add.operator()<closeDescriptor>("closeDescriptor");
  add.operator()<duplicateDescriptor>("duplicateDescriptor");
  add.operator()<lockFile>("lockFile");
  add.operator()<copyRange>("copyRange");
  add.operator()<syncFilesystem>("syncFilesystem");
  add.operator()<peerCredentials>("peerCredentials");
  add.operator()<openPidfd>("openPidfd");
  add.operator()<signalPidfd>("signalPidfd");

  add.operator()<openIn>("openIn");
  add.operator()<makeDirectoryAt>("makeDirectoryAt");
  add.operator()<makeNodeAt>("makeNodeAt");
  add.operator()<makeLinkAt>("makeLinkAt");
  add.operator()<linkAt>("linkAt");
  add.operator()<unlinkAt>("unlinkAt");
  add.operator()<renameAt>("renameAt");
  add.operator()<readLinkAt>("readLinkAt");
  add.operator()<readDirectory>("readDirectory");
  add.operator()<nextData>("nextData");
  add.operator()<nextHole>("nextHole");

  add.operator()<statusAt>("statusAt");
  add.operator()<ownerAt>("ownerAt");
  add.operator()<modeAt>("modeAt");
  add.operator()<timesAt>("timesAt");

  add.operator()<getXattr>("getXattr");
  add.operator()<setXattr>("setXattr");
  add.operator()<removeXattr>("removeXattr");
  add.operator()<listXattr>("listXattr");

  add.operator()<mountOverlay>("mountOverlay");
  return exports;
}

}  // namespace
}  // namespace gantry::binding

static Napi::Object initialize(Napi::Env env, Napi::Object exports) { return gantry::binding::load(env, exports); }
NODE_API_MODULE(gantry, initialize)
