/** The document of `docker inspect` for a container of a store: everything that it shows, read from the disk. */
import { existsSync } from 'node:fs'
import type { Store } from '../../store/index.js'
import { containerInfo } from '../disk/info.js'
import { requireRecord } from '../disk/record.js'
import { currentState } from '../disk/state.js'
import { type DockerInspect, dockerInspect } from '../docker-inspect.js'
import { readSubject } from '../lifecycle/start.js'
import { containerHostname } from '../spec/index.js'

/** ERR_CONTAINER_NOT_FOUND when no container has this id. */
export function inspectDocument(store: Store, id: string): DockerInspect {
  const record = requireRecord(store, id)
  const state = currentState(store, id)
  const { spec, config, rootfs } = readSubject(store, record)
  const directory = store.containerDirectory(id)
  const there = (path: string) => (existsSync(path) ? path : '')
  return dockerInspect({
    info: containerInfo(store, record, state),
    spec,
    config,
    hostname: containerHostname(spec, id),
    files: { hosts: there(`${directory}/files/hosts`), hostname: there(`${directory}/files/hostname`), resolvConf: there(`${directory}/files/resolv.conf`) },
    logPath: there(`${directory}/log/current`),
    overlay: { lowers: rootfs.layers, upper: `${directory}/upper`, work: `${directory}/work` },
    ...(state.health ? { health: state.health } : {}),
    signal: state.signal,
  })
}
