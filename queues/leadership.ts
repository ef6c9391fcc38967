import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { defaultPrefix, type QueuePlace } from './connect.ts'
import { openRedis, type QueueStore, queueAnswered } from './redis.ts'

/** One acting among many, by a lease in the queues' Redis. */
export interface Leadership {
  /** Whether this process is the one that acts: false as soon as, by its own clock, the lease may have run out. */
  leads(): boolean
  /** Gives the lease back, so that another need not wait until it runs out. Safe twice. */
  close(): Promise<void>
}

export interface LeadershipOptions extends QueuePlace {
  /** What is led: `relay`. */
  name: string
  /** How long after the death of the one that acts another may begin. Milliseconds, default 3,000. */
  lifeMs?: number
  /** Told when this process begins to act, and when it has ceased: a part of the life later than `leads()` knows it. */
  onChange?(leads: boolean): void
  onTrouble?(error: Error): void
}

const leaderKey = (prefix: string, name: string) => `${prefix}:leader:${name}`

/** Whether any process leads. Rejects with `QueueUnavailable`. */
export const isLed = async ({ redis, prefix }: QueueStore, name: string): Promise<boolean> =>
  (await queueAnswered(redis.exists(leaderKey(prefix, name)))) === 1

const scriptOf = (name: string) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8')
const lead = scriptOf('lead')
const stepDown = scriptOf('step-down')

/**
 * Takes the lease or waits for it, and renews it three times in its life. Two never lead at a time, while the clocks
 * of this machine and of Redis go equally fast and Redis keeps what it has answered. Where it does not (a crash within
 * the second before it writes its file), two may lead for the rest of one life: what is led must bear that.
 */
export function createLeadership({
  address,
  prefix = defaultPrefix,
  name,
  lifeMs = 3_000,
  onChange = () => {},
  onTrouble = () => {},
}: LeadershipOptions): Leadership {
  const key = leaderKey(prefix, name)
  const token = randomUUID()
  const everyMs = lifeMs / 3
  // A question that would wait for a lost connection, or be sent again, fails: what it asked for is out of date.
  const impatient = { maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: everyMs }
  const redis = openRedis(address, impatient, onTrouble)

  let ours = { until: 0 } // by performance.now(), which no setting of the clock disturbs
  let told = false
  let asking = false
  let closing: Promise<void> | undefined

  const leads = () => performance.now() < ours.until

  function tell(): void {
    if (leads() === told) return
    told = !told
    onChange(told)
  }

  async function renew(): Promise<void> {
    if (asking || closing) return
    asking = true
    // The life counts from before the question, since Redis may have heard it at once and its answer dawdled.
    const askedAt = performance.now()
    const answer = await redis.eval(lead, 1, key, token, lifeMs).catch(() => undefined)
    asking = false
    if (closing) return
    // Without an answer nothing is known, and what was known stands until it lapses.
    if (answer !== undefined) ours = { until: answer === 1 ? askedAt + lifeMs * shareOfLife : 0 }
    tell()
  }

  const timer = setInterval(renew, everyMs)
  redis.on('ready', renew)

  return {
    leads,
    close() {
      closing ??= (async () => {
        clearInterval(timer)
        ours = { until: 0 }
        tell()
        await redis.eval(stepDown, 1, key, token).catch(() => {}) // else it runs out
        redis.disconnect()
      })()
      return closing
    },
  }
}

/** The rest is for clocks that do not go equally fast. */
const shareOfLife = 0.95
