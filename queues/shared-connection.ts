import { isEqual } from 'es-toolkit'
import type { Redis } from 'ioredis'
import { leave } from '../resilience/redis-failover.ts'
import { gatherWrites } from '../resilience/redis-writes.ts'
import { blockingSilenceMs, prefixOf, type QueuePlace, reconnecting } from './connect.ts'
import { dropGivenUp, isOfLimited, type Patience, viewOf } from './connection-view.ts'
import { openRedis } from './open-redis.ts'

/** The one connection of a process to the queues' Redis, for all that blocks nothing and waits for no replica. */
export interface SharedConnection {
  /** Whether it leads to these queues. */
  leadsTo(place: QueuePlace): boolean
  /** The connection, with the patience of one who shares it. */
  view(patience: Patience): Redis
  /**
   * For a worker: what it asks waits as long as it takes, and is sent again until it is answered. What BullMQ makes of
   * it by `duplicate` may block.
   */
  forWorker(): Redis
  /** It answers nothing, though another one does: it is made anew. */
  renew(): void
  /** Another one shares it: it stays until each has called `release`. */
  hold(): SharedConnection
  release(): void
}

/** A job that ends keeps Redis busy for as long as this process, about 100 µs: half of a queue's usual concurrency. */
const mostGathered = 25

/** Many parts listen to it, BullMQ's own among them. */
const maxListeners = 1_000

export function openSharedConnection(queues: QueuePlace): SharedConnection {
  const place = exactly(queues)
  const redis = gatherWrites(
    openRedis(place, { use: 'shared', maxRetriesPerRequest: 1, connectTimeout: 2_000 }),
    mostGathered,
  )
  dropGivenUp(redis)
  redis.setMaxListeners(maxListeners)
  redis.on('error', () => {}) // each who shares it reports them
  let holders = 1

  const shared: SharedConnection = {
    leadsTo: other => isEqual(exactly(other), place),
    view: patience => viewOf(redis, patience),
    forWorker() {
      Object.assign(redis.options, foreverPatient(place)) // ioredis reads them when they matter
      const duplicate = (given = {}) =>
        openRedis(place, { use: 'worker', socketTimeout: blockingSilenceMs, ...given })
      return viewOf(redis, {}, { duplicate })
    },
    renew: () => leave(redis),
    hold() {
      holders += 1
      return shared
    },
    release() {
      holders -= 1
      if (holders === 0) redis.disconnect()
    },
  }
  return shared
}

const exactly = (place: QueuePlace) => ({ address: place.address, prefix: prefixOf(place) })

/** Of what is not a worker's, the time limit decides, and a refusal is its answer. */
function foreverPatient({ address }: QueuePlace) {
  const { retryStrategy, reconnectOnError } = reconnecting(address, { resend: true })
  return {
    maxRetriesPerRequest: null,
    retryStrategy,
    reconnectOnError(error: Error) {
      const how = reconnectOnError(error)
      return how === 2 && isOfLimited(error) ? 1 : how
    },
  }
}
