/** The restart policy, as Docker writes it (`on-failure:5`) or as an object. */
import { ownMembers, type Reader, Refusal, shown } from './refusal.js'

export type RestartPolicy = 'no' | 'always' | 'unless-stopped' | 'on-failure'

export interface NormalisedRestart {
  policy: RestartPolicy
  /** How often at most; 0 without bound. */
  maximumRetryCount: number
}

const POLICIES: readonly string[] = ['no', 'always', 'unless-stopped', 'on-failure']
const RIGHT = "'no', 'always', 'unless-stopped', 'on-failure' or 'on-failure:5'"

export const readRestart: Reader<NormalisedRestart> = (value) => {
  if (typeof value === 'string') return fromText(value)
  const own = ownMembers(value)
  if (typeof own !== 'object' || own === null || Array.isArray(own))
    throw new Refusal(`must be ${RIGHT}, not ${shown(value)}`)
  const { policy, maximumRetryCount, ...rest } = own as Record<string, unknown>
  const extra = Object.keys(rest)[0]
  if (extra !== undefined)
    throw new Refusal(`has the unknown member ${shown(extra)} (expected { policy, maximumRetryCount })`)
  if (typeof policy !== 'string') throw new Refusal(`must have a policy: ${RIGHT}`)
  const read = fromText(policy)
  if (maximumRetryCount === undefined) return read
  return bounded(read.policy, maximumRetryCount)
}

function fromText(text: string): NormalisedRestart {
  const [policy = '', count, ...rest] = text.split(':')
  if (!POLICIES.includes(policy) || rest.length > 0) throw new Refusal(`must be ${RIGHT}, not ${shown(text)}`)
  if (count === undefined) return { policy: policy as RestartPolicy, maximumRetryCount: 0 }
  if (!/^\d{1,9}$/.test(count)) throw new Refusal(`must have a whole number behind the colon, not ${shown(text)}`)
  return bounded(policy as RestartPolicy, Number(count))
}

function bounded(policy: RestartPolicy, count: unknown): NormalisedRestart {
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) {
    throw new Refusal(`must have a maximumRetryCount of 0 (without bound) or more, not ${shown(count)}`)
  }
  if (policy !== 'on-failure' && count !== 0)
    throw new Refusal(`takes a maximum retry count with 'on-failure' only, not with ${shown(policy)}`)
  return { policy, maximumRetryCount: count }
}
