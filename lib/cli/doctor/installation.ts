import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { type Finding, must, should } from './check.js'

/** The native part, and the places on the disk. */
export async function installationFindings(): Promise<Finding[]> {
  return [await nativePart(), ...(await roots())]
}

async function nativePart(): Promise<Finding> {
  const title = 'native part'
  try {
    const { addon, nativeDirectory } = await import('../../native/addon.js')
    addon()
    const monitor = join(nativeDirectory(), 'gantry-monitor')
    return must(title, existsSync(monitor), existsSync(monitor) ? `loaded from ${nativeDirectory()}` : `${monitor} is missing`, "build it: npm run build (needs 'apt-get install build-essential cmake')")
  } catch (error) {
    return { level: 'missing', title, found: (error as Error).message.split('\n')[0]!, help: "build it: npm run build (needs 'apt-get install build-essential cmake')" }
  }
}

async function roots(): Promise<Finding[]> {
  const { chooseRoots } = await import('../../store/roots.js')
  const { root, runRoot } = chooseRoots()
  return ([['files', root], ['run-time files', runRoot]] as const).map(([title, path]) => {
    const place = nearestDirectory(path)
    return must(title, isWritable(place), `${path}${place === path ? '' : ' (will be made)'}`, `${place} cannot be written; choose another place with GANTRY_ROOT and GANTRY_RUN_ROOT`)
  })
}

function nearestDirectory(path: string): string {
  let place = path
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
  return place
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Programs of other packages; nothing of today's needs one, so a missing one is a note. */
const programs = [
  ['nft', 'nftables', 'bridge networks and published ports (a later version)'],
  ['dnsmasq', 'dnsmasq-base', 'names in networks (a later version)'],
  ['newuidmap', 'uidmap', 'containers of ordinary users (a later version)'],
  ['pasta', 'passt', 'networks of ordinary users (a later version)'],
  ['criu', 'criu', 'checkpoints (a later version)'],
] as const

export function programFindings(path: string = process.env.PATH ?? ''): Finding[] {
  const directories = [...path.split(delimiter), '/usr/sbin', '/sbin']
  return programs.map(([program, debianPackage, use]) => {
    const found = directories.map((directory) => join(directory, program)).find((file) => existsSync(file))
    return should(program, found !== undefined, found ?? 'not installed', `only for ${use}: apt-get install ${debianPackage}`)
  })
}
