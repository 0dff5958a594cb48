/** Readers of names, users, environments and addresses. */
import { isIP } from 'node:net'
import { signalName, signalNumber } from '../../oci/signals.js'
import { mapOf, type Reader, Refusal, shown, text } from './refusal.js'

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,253}$/

export const readName: Reader<string> = (value) => {
  const name = text(value)
  if (NAME.test(name)) return name
  throw new Refusal(
    `must be two or more of the characters a-z A-Z 0-9 _ . - and begin with a letter or digit, not ${shown(name)}`,
  )
}

export const readImage: Reader<string> = (value) => {
  const image = text(value)
  if (image.trim() !== '') return image
  throw new Refusal("must be the name of an image, such as 'host' or 'debian:12'")
}

/** An argument list. An empty one leaves the choice to the image. */
export const readCommand: Reader<string[]> = (value) => {
  if (!Array.isArray(value)) {
    const hint = typeof value === 'string' ? `; for a shell's line write ['sh', '-c', ${shown(value)}]` : ''
    throw new Refusal(`must be a list of texts, not ${shown(value)}${hint}`)
  }
  return value.map((argument: unknown, index) => {
    if (typeof argument === 'string' && !argument.includes('\0')) return argument
    throw new Refusal(`must be a text without NUL, not ${shown(argument)}`, { path: [index] })
  })
}

const variables = mapOf((value, name) => {
  if (name === '' || /[=\0]/.test(name))
    throw new Refusal(`is not a name for a variable (it is empty or has '=' or NUL in it)`)
  return value === undefined || value === null ? null : text(value)
})

/** null takes a variable away from what the image sets, and undefined is read as null, which JSON keeps. */
export const readEnv: Reader<Record<string, string | null>> = (value) => {
  if (Array.isArray(value)) throw new Refusal("must be an object such as { NAME: 'value' }, not a list")
  return variables(value)
}

export const readLabels: Reader<Record<string, string>> = mapOf((value, key) => {
  if (key.trim() === '') throw new Refusal('must not have an empty key')
  return text(value)
})

/** The signal's name, such as `SIGTERM`. */
export const readSignal: Reader<string> = (value) => {
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new Refusal(`must be a signal such as 'SIGTERM' or 15, not ${shown(value)}`)
  try {
    return signalName(signalNumber(value))
  } catch (error) {
    throw new Refusal(`is wrong: ${(error as Error).message}`)
  }
}

/** CVE-2024-40635: a larger id wraps around to root. */
const LAST_ID = 4_294_967_294

function refuseHugeId(part: string): void {
  if (/^\d+$/.test(part) && Number(part) > LAST_ID) throw new Refusal(`must have ids up to ${LAST_ID}, not ${part}`)
}

export const readUser: Reader<string> = (value) => {
  if (typeof value === 'number') throw new Refusal(`must be a text, such as '${value}', not the number ${value}`)
  const user = text(value)
  const parts = user.split(':')
  if (parts.length > 2 || parts[0] === '' || parts[1] === '' || /[\s/]/.test(user)) {
    throw new Refusal(`must be 'name', 'uid', 'name:group' or 'uid:gid', not ${shown(user)}`)
  }
  parts.forEach(refuseHugeId)
  return user
}

export const readGroup: Reader<string> = (value) => {
  if (typeof value === 'number' ? !Number.isInteger(value) || value < 0 : typeof value !== 'string' || value === '') {
    throw new Refusal(`must be the name or the number of a group, not ${shown(value)}`)
  }
  const group = text(String(value))
  refuseHugeId(group)
  return group
}

const HOSTNAME = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*$/i

/** The kernel holds 64 characters. */
export const readHostname: Reader<string> = (value) => {
  const name = text(value)
  if (name.length <= 64 && HOSTNAME.test(name)) return name
  throw new Refusal(`must be a host name of at most 64 letters, digits, '-', '_' and '.', not ${shown(name)}`)
}

export const readAddress: Reader<string> = (value) => {
  if (typeof value === 'string' && isIP(value) !== 0) return value
  throw new Refusal(`must be an IPv4 or IPv6 address, not ${shown(value)}`)
}

export const readExtraHosts: Reader<Record<string, string>> = (value) => {
  if (Array.isArray(value)) throw new Refusal("must be an object such as { name: '10.0.0.1' }, not a list")
  return mapOf((address, name) => {
    readHostname(name)
    if (address === 'host-gateway') {
      throw new Refusal("cannot be 'host-gateway' yet: it comes with bridge networks", {
        code: 'ERR_NOT_SUPPORTED',
        hint: "with network: 'host' the host is 127.0.0.1",
      })
    }
    return readAddress(address)
  })(value)
}
