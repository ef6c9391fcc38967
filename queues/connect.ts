import { type ConnectionOptions, Queue, type RedisOptions } from 'bullmq'
import { isClusterAddress } from '../model/redis-address.ts'
import { leavingReplicas } from '../resilience/redis-failover.ts'
import { placeOf, type RedisAddress } from '../resilience/redis-place.ts'
import { wayTo } from '../resilience/redis-sentinel.ts'
import { toSlotOf } from '../resilience/redis-slot.ts'
import { within } from '../resilience/within.ts'
import { kept, type QueueDefinition } from './define.ts'
import type { Telemetry } from './telemetry.ts'

/** Where the queues' Redis is; its `maxmemory-policy` must be `noeviction`. */
export type QueueAddress = RedisAddress

/** Which queues are meant: a server, and the prefix of all their keys there. */
export interface QueuePlace {
  address: QueueAddress
  /** Default `hearth`. */
  prefix?: string
}

export const defaultPrefix = 'hearth'

/**
 * What all keys of the queues begin with. In a Redis Cluster it has braces, so that they are all in one slot: a queue's
 * scripts and an append's use several of them.
 */
export function prefixOf({ address, prefix = defaultPrefix }: QueuePlace): string {
  const hasTag = /^[^{]*\{[^}]+\}/.test(prefix)
  return isClusterAddress(address) && !hasTag ? `{${prefix}}` : prefix
}

const reconnectMs = (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000)

/**
 * A connection on which a command is not answered for so long is made anew: one whose other end is gone without a word
 * would hang until the kernel gives it up, after many minutes. Milliseconds.
 */
export const silenceMs = 5_000
/** Where commands block: BullMQ's for ten seconds at most. */
export const blockingSilenceMs = 20_000

/** For workers: they wait for Redis as long as it takes. */
export const workerConnection = (place: QueuePlace): ConnectionOptions => ({
  ...optionsOf(place),
  maxRetriesPerRequest: null,
  socketTimeout: blockingSilenceMs,
  ...reconnecting(place.address, { resend: true }),
})

/** A connection does not stay with a server that takes no writes. With `resend` a refused command waits for the next. */
export function reconnecting(address: QueueAddress, { resend }: { resend: boolean }) {
  const ofSlot = isClusterAddress(address)
  const { reconnectOnError } = address as RedisOptions
  return leavingReplicas({ retryStrategy: reconnectMs, reconnectOnError }, { resend, ofSlot })
}

export function openQueue(
  { name, options }: Pick<QueueDefinition<never>, 'name' | 'options'>,
  {
    telemetry,
    ...place
  }: { connection: ConnectionOptions; prefix: string; telemetry: Telemetry | undefined },
  onError: (error: Error) => void,
): Queue {
  const defaultJobOptions = { ...kept, ...options }
  const queue = new Queue(name, { ...place, defaultJobOptions, ...(telemetry && { telemetry }) })
  queue.on('error', onError)
  return queue
}

const goodbyeMs = 1_000

/** Closes a queue's connection, also where Redis is away, or answers nothing any more. */
export async function closeQueue(queue: Queue): Promise<void> {
  await within(goodbyeMs, queue.close()).catch(() => {
    queue.disconnect().catch(() => {}) // not waited for: the other end may be gone without a word
  })
}

/** Of a cluster, those of a connection to the node that has the slot of the queues' keys. */
function optionsOf(queues: QueuePlace): RedisOptions {
  const place = placeOf(queues.address, 'queue')
  if (typeof place === 'string') return { url: place, ...wayTo() }
  if (!('cluster' in place)) return { ...wayTo(place.sentinels), ...place } as RedisOptions
  const { cluster, options } = place
  return { ...options, ...cluster[0], Connector: toSlotOf(prefixOf(queues), cluster) } as RedisOptions
}
