import type { Restart } from '../../container/types.js'

const policies = ['no', 'always', 'unless-stopped', 'on-failure']

/** Reads --restart: 'no', 'always', 'unless-stopped', 'on-failure' or 'on-failure:N'. */
export function restartPolicy(text: string): Restart {
  if (text === '') return 'no'
  const [name, count, ...more] = text.split(':')
  if (more.length > 0) throw new Error('invalid restart policy format: restart policy not in the form policy[:count]')
  if (!policies.includes(name!)) throw new Error(`invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`)
  if (count === undefined) return text as Restart
  if (!/^[0-9]+$/.test(count)) throw new Error('invalid restart policy format: maximum retry count must be an integer')
  if (name !== 'on-failure') throw new Error(`invalid restart policy: maximum retry count cannot be used with restart policy '${name}'`)
  return Number(count) === 0 ? 'on-failure' : `on-failure:${Number(count)}`
}
