import type { Command } from './parse/command.js'

/** A command by its names, the short one first ('ps', 'container ls'); its module is loaded when it runs. */
export interface Entry {
  names: readonly string[]
  summary: string
  load(): Promise<{ command: Command }>
  /** Known names whose work comes with a later version. */
  later?: boolean
}

const later = (names: string[], summary: string): Entry => ({ names, summary, load: () => import('./commands/later.js'), later: true })

const entries: readonly Entry[] = [
  { names: ['run', 'container run'], summary: 'Create and run a new container from an image', load: () => import('./commands/run.js') },
  { names: ['exec', 'container exec'], summary: 'Execute a command in a running container', load: () => import('./commands/exec.js') },
  { names: ['ps', 'container ls', 'container list', 'container ps'], summary: 'List containers', load: () => import('./commands/ps.js') },
  { names: ['images', 'image ls', 'image list'], summary: 'List images', load: () => import('./commands/images.js') },
  { names: ['version'], summary: 'Show the version information', load: () => import('./commands/version.js') },
  { names: ['info', 'system info'], summary: 'Display system-wide information', load: () => import('./commands/info.js') },
  { names: ['doctor'], summary: 'Check what this machine can do, and say what would help', load: () => import('./commands/doctor.js') },

  { names: ['attach', 'container attach'], summary: 'Attach local standard input, output, and error streams to a running container', load: () => import('./commands/attach.js') },
  { names: ['cp', 'container cp'], summary: 'Copy files/folders between a container and the local filesystem', load: () => import('./commands/cp.js') },
  { names: ['create', 'container create'], summary: 'Create a new container', load: () => import('./commands/create.js') },
  { names: ['diff', 'container diff'], summary: "Inspect changes to files or directories on a container's filesystem", load: () => import('./commands/diff.js') },
  { names: ['events', 'system events'], summary: 'Get real time events', load: () => import('./commands/events.js') },
  { names: ['export', 'container export'], summary: "Export a container's filesystem as a tar archive", load: () => import('./commands/export.js') },
  { names: ['history', 'image history'], summary: 'Show the history of an image', load: () => import('./commands/history.js') },
  { names: ['import', 'image import'], summary: 'Import the contents from a tarball or a directory to create a filesystem image', load: () => import('./commands/import.js') },
  { names: ['inspect'], summary: 'Return low-level information on containers and images', load: () => import('./commands/inspect.js') },
  { names: ['kill', 'container kill'], summary: 'Kill one or more running containers', load: () => import('./commands/kill.js') },
  { names: ['logs', 'container logs'], summary: 'Fetch the logs of a container', load: () => import('./commands/logs.js') },
  { names: ['pause', 'container pause'], summary: 'Pause all processes within one or more containers', load: () => import('./commands/pause.js') },
  { names: ['port', 'container port'], summary: 'List port mappings or a specific mapping for the container', load: () => import('./commands/port.js') },
  { names: ['rename', 'container rename'], summary: 'Rename a container', load: () => import('./commands/rename.js') },
  { names: ['restart', 'container restart'], summary: 'Restart one or more containers', load: () => import('./commands/restart.js') },
  { names: ['rm', 'container rm', 'container remove'], summary: 'Remove one or more containers', load: () => import('./commands/rm.js') },
  { names: ['rmi', 'image rm', 'image remove'], summary: 'Remove one or more images', load: () => import('./commands/rmi.js') },
  { names: ['start', 'container start'], summary: 'Start one or more stopped containers', load: () => import('./commands/start.js') },
  { names: ['stats', 'container stats'], summary: 'Display a live stream of container(s) resource usage statistics', load: () => import('./commands/stats.js') },
  { names: ['stop', 'container stop'], summary: 'Stop one or more running containers', load: () => import('./commands/stop.js') },
  { names: ['tag', 'image tag'], summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE', load: () => import('./commands/tag.js') },
  { names: ['top', 'container top'], summary: 'Display the running processes of a container', load: () => import('./commands/top.js') },
  { names: ['unpause', 'container unpause'], summary: 'Unpause all processes within one or more containers', load: () => import('./commands/unpause.js') },
  { names: ['update', 'container update'], summary: 'Update configuration of one or more containers', load: () => import('./commands/update.js') },
  { names: ['wait', 'container wait'], summary: 'Block until one or more containers stop, then print their exit codes', load: () => import('./commands/wait.js') },
  { names: ['completion'], summary: 'Print the completion script for a shell', load: () => import('./commands/completion.js') },

  { names: ['container inspect'], summary: 'Display detailed information on one or more containers', load: () => import('./commands/container-inspect.js') },
  { names: ['container prune'], summary: 'Remove all stopped containers', load: () => import('./commands/container-prune.js') },
  { names: ['image inspect'], summary: 'Display detailed information on one or more images', load: () => import('./commands/image-inspect.js') },
  { names: ['image prune'], summary: 'Remove unused images', load: () => import('./commands/image-prune.js') },
  { names: ['system df'], summary: 'Show disk usage', load: () => import('./commands/df.js') },
  { names: ['system prune'], summary: 'Remove unused data', load: () => import('./commands/system-prune.js') },
  { names: ['system restore'], summary: 'Start what should run after a boot, and settle what a crash left', load: () => import('./commands/restore.js') },

  later(['build', 'image build'], 'Build an image from a Dockerfile'),
  later(['commit', 'container commit'], "Create a new image from a container's changes"),
  later(['load', 'image load'], 'Load an image from a tar archive or STDIN'),
  later(['login'], 'Authenticate to a registry'),
  later(['logout'], 'Log out from a registry'),
  later(['pull', 'image pull'], 'Download an image from a registry'),
  later(['push', 'image push'], 'Upload an image to a registry'),
  later(['save', 'image save'], 'Save one or more images to a tar archive'),
  later(['search'], 'Search a registry for images'),
  ...['create', 'inspect', 'ls', 'prune', 'rm'].map((verb) => later([`volume ${verb}`], 'Manage volumes')),
  ...['connect', 'create', 'disconnect', 'inspect', 'ls', 'prune', 'rm'].map((verb) => later([`network ${verb}`], 'Manage networks')),
  ...['list', 'explain', 'cdi'].map((verb) => later([`gpu ${verb}`], 'Manage GPUs')),
]

/** The words that have commands of their own below them. */
export const groups: Readonly<Record<string, string>> = {
  container: 'Manage containers', image: 'Manage images', system: 'Manage Gantry', volume: 'Manage volumes', network: 'Manage networks', gpu: 'Manage GPUs',
}

/** Shown first in the help, as what most people look for. */
export const commonNames: readonly string[] = ['run', 'exec', 'ps', 'images', 'info', 'version', 'doctor']

/** All commands, each once. */
export function allCommands(): readonly Entry[] {
  return entries
}

/** The command that the first words name, and how many words that took. */
export function findCommand(words: readonly string[]): { entry: Entry; name: string; length: number } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    const entry = words.length >= length ? entries.find(({ names }) => names.includes(name)) : undefined
    if (entry) return { entry, name, length }
  }
  return undefined
}
