import { keepWritable, takesNoWrites } from '../resilience/redis-failover.ts'
import { openStore, type StorePlace } from './redis.ts'

const channelOf = (prefix: string) => `${prefix}:poke`
/** A key that is never there. */
const probeOf = (prefix: string) => `${prefix}:poke:probe`

/**
 * Notifies the relay that something was recorded, so that it need not wait until it looks by itself. Connects when it is
 * first used, since most backends never have to.
 */
export function createNotifyRelay(place: StorePlace) {
  const { redis, prefix } = openStore(place, { lazyConnect: true, enableOfflineQueue: false, use: 'notify' })
  let due = false

  function send(): void {
    if (!due || redis.status !== 'ready') return
    due = false
    // A replica takes the message and passes it on to no other server; with a write beside it, it is left.
    redis.unlink(probeOf(prefix)).catch(error => {
      if (takesNoWrites(error)) due = true // sent again by the next connection
    })
    redis.publish(channelOf(prefix), '').catch(() => {}) // the relay looks by itself too
  }
  redis.on('ready', send)

  return {
    /** Returns at once and never fails. Many in one turn of the event loop, or while Redis is away, become one message. */
    notifyRelay(): void {
      if (due) return
      due = true
      if (redis.status === 'wait')
        redis.connect().catch(() => {}) // it goes on trying
      else setImmediate(send)
    },
    /** Safe twice. */
    close: () => redis.disconnect(),
  }
}

export type NotifyRelay = ReturnType<typeof createNotifyRelay>

/** Calls `onNotified` at each notification, and once whenever it has (re)connected, since it may have missed some. */
export function onRelayNotified(place: StorePlace, onNotified: () => void): { close(): void } {
  const { redis, prefix } = openStore(place, { autoResubscribe: false, use: 'relay' })
  redis.on('message', onNotified)
  redis.on('ready', () => {
    redis.subscribe(channelOf(prefix)).then(onNotified, () => {}) // lost again: it will be ready again
  })
  const probing = keepWritable(redis, probeOf(prefix))
  return {
    close() {
      probing.stop()
      redis.disconnect()
    },
  }
}
