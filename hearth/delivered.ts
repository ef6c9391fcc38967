import type { Delivered } from '../cache/shards.ts'
import { isId } from '../model/ids.ts'
import type { Pending } from '../queues/pending.ts'
import type { Outbox, Recorded } from '../world/world.ts'

interface DeliveredDeps {
  outbox: Pick<Outbox, 'pendingSince' | 'worldsSince'>
  pending: Pick<Pending, 'unseenSince'>
}

/** Worlds that are asked for at a time. */
const page = 1_000

/** Whether the cache has what was recorded and accepted, as far as it belongs to it, or to one of its shards. */
export function createDelivered({ outbox, pending }: DeliveredDeps): Delivered {
  async function isRecorded(span: Recorded, isOurs?: (worldId: string) => boolean): Promise<boolean> {
    if (!isOurs || !outbox.worldsSince) return outbox.pendingSince(span)
    const others: string[] = []
    for (;;) {
      const found = await outbox.worldsSince(span, { except: others, limit: page })
      // Of a node whose world cannot be read it is not known whose it is, until the relay has put it aside.
      if (found.some(worldId => !isId(worldId) || isOurs(worldId))) return true
      if (found.length < page) return false
      others.push(...found)
    }
  }

  return async (span, isOurs) =>
    !(await isRecorded(span, isOurs)) && !(await pending.unseenSince(span.atLeastMs, isOurs))
}
