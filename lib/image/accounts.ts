import { GantryError } from '../errors/index.js'
import { readMergedFile } from './merged.js'
import type { Rootfs } from './rootfs.js'
import { highestId } from './tar/index.js'

export interface Account { name: string; uid: number; gid: number; home: string; shell: string }
export interface Group { name: string; gid: number; members: string[] }
export interface Accounts { users: Account[]; groups: Group[] }

/** As whom a process runs. */
export interface ResolvedUser {
  uid: number
  gid: number
  /** Supplementary groups; the primary one is among them, as in docker. */ additionalGids: number[]
  /** '/' when the user has no entry. */ home: string
  /** Empty when the user has no entry. */ name: string
}

/** Files are read up to this size. */
const longestFile = 1024 * 1024
const digits = /^[0-9]+$/

const cache = new WeakMap<Pick<Rootfs, 'layers'>, Accounts>()

/** The users and groups of an image, from /etc/passwd and /etc/group as a container would see them. Lines that make no sense are skipped. */
export function readAccounts(rootfs: Pick<Rootfs, 'layers'>): Accounts {
  let accounts = cache.get(rootfs)
  if (!accounts) {
    accounts = {
      users: linesOf(readMergedFile(rootfs.layers, '/etc/passwd', longestFile)).flatMap(parseAccount),
      groups: linesOf(readMergedFile(rootfs.layers, '/etc/group', longestFile)).flatMap(parseGroup),
    }
    cache.set(rootfs, accounts)
  }
  return accounts
}

/**
 * Find the user that 'name', 'uid', 'name:group', 'uid:gid', ... means in an image; an empty text is root. Digits are always an id, never a name.
 * With a group given the user's other groups do not count (docker's rule); `groupAdd` is added in any case. ERR_USER_NOT_FOUND for a name
 * that the image has not, ERR_INVALID_OPTION for an id out of range.
 */
export function resolveUser(rootfs: Pick<Rootfs, 'layers'>, text = '', groupAdd: readonly (string | number)[] = []): ResolvedUser {
  const colon = text.indexOf(':')
  const userText = colon < 0 ? text : text.slice(0, colon)
  const groupText = colon < 0 ? '' : text.slice(colon + 1)
  if (groupText.includes(':') || /[\0\n]/.test(text) || text.length > 512) throw invalidUser(text, "it must look like 'name', 'uid', 'name:group' or 'uid:gid'")
  const accounts = readAccounts(rootfs)
  const uid = userText === '' ? 0 : digits.test(userText) ? idOf(userText, 'user') : undefined
  const account = accounts.users.find((user) => (uid === undefined ? user.name === userText : user.uid === uid))
  if (!account && uid === undefined) throw notFound('user', userText, '/etc/passwd')
  const gid = groupText === '' ? (account?.gid ?? 0) : groupId(accounts, groupText)
  const own = groupText === '' && account ? accounts.groups.filter((group) => group.members.includes(account.name)).map((group) => group.gid) : []
  const added = groupAdd.map((group) => groupId(accounts, String(group)))
  return { uid: account?.uid ?? uid!, gid, additionalGids: [...new Set([gid, ...own, ...added])], home: account?.home || '/', name: account?.name ?? '' }
}

function groupId(accounts: Accounts, text: string): number {
  if (digits.test(text)) return idOf(text, 'group')
  const group = accounts.groups.find((candidate) => candidate.name === text)
  if (!group || text === '') throw notFound('group', text, '/etc/group')
  return group.gid
}

function idOf(text: string, what: string): number {
  const id = Number(text)
  if (text.length <= 16 && id <= highestId) return id
  throw invalidUser(text, `a ${what} id is a number from 0 to ${highestId}`)
}

function parseAccount(line: string): Account[] {
  const [name, , uid, gid, , home, shell] = line.split(':')
  const ids = [uid, gid].map(validId)
  if (!name || ids[0] === undefined || ids[1] === undefined) return []
  return [{ name, uid: ids[0], gid: ids[1], home: home?.startsWith('/') ? home : '', shell: shell ?? '' }]
}

function parseGroup(line: string): Group[] {
  const [name, , gid, members] = line.split(':')
  const id = validId(gid)
  if (!name || id === undefined) return []
  return [{ name, gid: id, members: (members ?? '').split(',').filter((member) => member !== '') }]
}

function validId(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) && Number(text) <= highestId ? Number(text) : undefined
}

function linesOf(content: Buffer | undefined): string[] {
  return content ? content.toString('utf8').split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')) : []
}

function invalidUser(text: string, reason: string): GantryError {
  return new GantryError('ERR_INVALID_OPTION', `${JSON.stringify(text.slice(0, 80))} is not a user: ${reason}`)
}

function notFound(what: string, name: string, file: string): GantryError {
  return new GantryError('ERR_USER_NOT_FOUND', `The image has no ${what} ${JSON.stringify(name.slice(0, 80))} in ${file}`, {
    hint: `give the ${what} id as a number, or a name that the image has`,
  })
}
