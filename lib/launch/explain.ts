/** A failed operation in words: what was being done, with what, and what to do next. */
import { constants } from 'node:os'
import { type ErrorCode, GantryError } from '../errors/index.js'
import type { OperationFailure, Program } from './program.js'
import { operationName } from './program.js'
import { type OperationName, sections } from './tables.js'

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

type Arguments = Record<string, unknown>
interface Explanation {
  code: ErrorCode
  doing: (args: Arguments) => string
  hint?: (errno: string, args: Arguments) => string | undefined
}

const noSpace = 'free some space, or choose another root'
const mountHint = (errno: string): string | undefined =>
  errno === 'EPERM' ? 'the machine does not let this process mount here; is it inside another container?' : undefined

const targetHint = (errno: string): string | undefined => {
  if (errno === 'ENOTDIR') return 'a file is mounted on a directory, or a directory on a file'
  return errno === 'ELOOP' ? 'the image has a symbolic link there, which a mount of the kernel does not follow' : undefined
}

const explanations: Partial<Record<OperationName, Explanation>> = {
  clone: {
    code: 'ERR_ISOLATION',
    doing: () => 'making the namespaces of the container',
    hint: (errno) =>
      errno === 'EPERM' || errno === 'ENOSPC' || errno === 'EUSERS'
        ? "this machine gives no such namespaces (see `gantry doctor`); isolation: 'compat' needs no user namespace"
        : errno === 'EAGAIN'
          ? 'there are too many processes; wait for some to end'
          : undefined,
  },
  idMaps: { code: 'ERR_ISOLATION', doing: () => 'mapping the user ids of the container', hint: () => "isolation: 'compat' uses none" },
  makeTarget: { code: 'ERR_MOUNT', doing: ({ path }) => `making the mount point ${path}`, hint: targetHint },
  mountNew: { code: 'ERR_MOUNT', doing: ({ type, options }) => `mounting a ${type}${(options as string[]).length ? ` with ${(options as string[]).join(',')}` : ''}`, hint: mountHint },
  mountOverlay: { code: 'ERR_MOUNT', doing: () => "mounting the container's root over its layers", hint: (errno) => (errno === 'EINVAL' ? 'the file system of the root cannot carry an overlay; choose another one by GANTRY_ROOT' : mountHint(errno)) },
  openTree: { code: 'ERR_MOUNT', doing: ({ path }) => `opening ${path} for a mount`, hint: mountHint },
  mountAttributes: {
    code: 'ERR_MOUNT',
    doing: ({ userns }) => (typeof userns === 'number' && userns >= 0 ? 'mapping the ids of a mount' : 'setting the attributes of a mount'),
    hint: (errno) => (errno === 'EINVAL' ? 'its file system cannot be id-mapped; set idmap: false on the mount' : undefined),
  },
  moveMount: { code: 'ERR_MOUNT', doing: () => 'attaching a mount', hint: mountHint },
  makeNode: { code: 'ERR_MOUNT', doing: ({ path }) => `making the device ${path}` },
  joinNamespace: { code: 'ERR_LAUNCH', doing: () => 'joining the namespaces of the container' },
  writeFile: {
    code: 'ERR_LIMIT',
    doing: ({ path, bytes }) => `writing ${JSON.stringify(String(bytes))} to ${path}`,
    hint: (errno) => (errno === 'ENOENT' ? 'this kernel has no such setting' : errno === 'EINVAL' || errno === 'ERANGE' ? 'the kernel does not take this value' : undefined),
  },
  rlimit: { code: 'ERR_LIMIT', doing: ({ resource, hard }) => `setting resource limit ${resource} to ${hard}`, hint: (errno) => (errno === 'EPERM' ? 'it is above the hard limit of this process' : undefined) },
  workingDirectory: { code: 'ERR_PATH', doing: ({ path }) => `changing to the working directory ${path}` },
  seccomp: { code: 'ERR_ISOLATION', doing: () => 'loading the system-call filter' },
  hook: { code: 'ERR_LAUNCH', doing: ({ path }) => `running the hook ${path}`, hint: (errno) => (errno === 'ECHILD' ? 'it ended with an error' : undefined) },
  openTerminal: { code: 'ERR_LAUNCH', doing: () => 'opening a terminal', hint: () => 'it needs a devpts on /dev/pts' },
}

/** Turns what a monitor reported into the error a user sees. */
export function explainFailure(program: Program, failure: OperationFailure, id?: string): GantryError {
  const errno = names.get(failure.errno) ?? `errno ${failure.errno}`
  const found = program.operation(failure)
  const details = { errno: failure.errno, syscall: found?.name ?? operationName(failure.operation), id }
  // Before the first operation: the room for the state, the log, the streams.
  if (failure.operation === 0 && failure.errno === constants.errno.ENOSPC) {
    return new GantryError('ERR_DISK_FULL', 'preparing the state and the log of the container failed: ENOSPC', { ...details, syscall: undefined, hint: noSpace })
  }
  if (found?.name === 'execute') return explainExecute(found.args, errno, details)
  const explanation = found && explanations[found.name]
  if (!found || !explanation) {
    return new GantryError('ERR_LAUNCH', `the launch failed at ${details.syscall} (${sections[failure.section] ?? failure.section} ${failure.index}): ${errno}`, details)
  }
  const code = failure.errno === constants.errno.ENOSPC && found.name !== 'clone' ? 'ERR_DISK_FULL' : explanation.code
  const hint = code === 'ERR_DISK_FULL' ? noSpace : explanation.hint?.(errno, found.args)
  return new GantryError(code, `${explanation.doing(found.args)} failed: ${errno}`, { ...details, hint })
}

function explainExecute(args: Arguments, errno: string, details: { errno: number; syscall: string; id?: string }): GantryError {
  const command = (args.argv as string[])[0]!
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    const where = command.includes('/') ? 'there is no such file in the container, or the interpreter it names is missing' : `it is in none of the directories of PATH`
    return new GantryError('ERR_COMMAND_NOT_FOUND', `cannot run ${JSON.stringify(command)}: ${where}`, { ...details, hint: 'check the command and the image' })
  }
  const why = errno === 'EACCES' ? 'it is not executable' : errno === 'ENOEXEC' ? 'it is not a program of this architecture, and has no #! line' : errno
  return new GantryError('ERR_COMMAND_NOT_EXECUTABLE', `cannot run ${JSON.stringify(command)}: ${why}`, details)
}
