import { binarySize, objectFormatHelp, printObject } from '../format/index.js'
import { defineCommand } from '../parse/command.js'
import type { Engine } from '../sdk.js'

export const command = defineCommand({
  usage: '',
  least: 0,
  most: 0,
  flags: { format: { kind: 'string', short: 'f', help: objectFormatHelp } },
  async run({ flags, engine, print }) {
    const facts = await (await engine()).info()
    print(flags.format ? printObject(document(facts), flags.format) : page(facts))
  },
})

type Facts = Awaited<ReturnType<Engine['info']>>

const architectures: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64' }

/** docker's names for what both know. */
function document(facts: Facts): object {
  return {
    ServerVersion: facts.version,
    Containers: facts.containers.total,
    ContainersRunning: facts.containers.running,
    ContainersPaused: facts.containers.paused,
    ContainersStopped: facts.containers.stopped,
    Images: facts.images,
    Driver: 'overlay2',
    LoggingDriver: 'file',
    CgroupVersion: facts.cgroups === 'v2' ? '2' : '1',
    Cgroups: facts.cgroups,
    KernelVersion: facts.kernel,
    OperatingSystem: facts.operatingSystem,
    OSType: 'linux',
    Architecture: architectures[facts.architecture] ?? facts.architecture,
    NCPU: facts.cpus,
    MemTotal: facts.memoryBytes,
    Name: facts.hostname,
    DockerRootDir: facts.root,
    RunRoot: facts.runRoot,
    Rootless: facts.rootless,
  }
}

function page(facts: Facts): string {
  return [
    `Containers: ${facts.containers.total}`,
    ` Running: ${facts.containers.running}`,
    ` Paused: ${facts.containers.paused}`,
    ` Stopped: ${facts.containers.stopped}`,
    `Images: ${facts.images}`,
    `Gantry Version: ${facts.version}`,
    'Storage Driver: overlay',
    'Logging Driver: file',
    `Cgroups: ${facts.cgroups}`,
    `Kernel Version: ${facts.kernel}`,
    `Operating System: ${facts.operatingSystem}`,
    'OSType: linux',
    `Architecture: ${architectures[facts.architecture] ?? facts.architecture}`,
    `CPUs: ${facts.cpus}`,
    `Total Memory: ${binarySize(facts.memoryBytes)}`,
    `Name: ${facts.hostname}`,
    `Root Dir: ${facts.root}`,
    `Run Root Dir: ${facts.runRoot}`,
    `Rootless: ${facts.rootless}`,
  ].join('\n')
}
