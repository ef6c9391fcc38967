import { keepWritable, takesNoWrites } from '../redis-failover.ts'
import { defaultPrefix, type QueuePlace } from './connect.ts'
import { openRedis } from './redis.ts'

/** Tells the relay that something was recorded, so that it need not wait until it looks by itself. */
export interface Poker {
  /** Returns at once and never fails. Many in one turn of the event loop, or while Redis is away, become one message. */
  poke(): void
  /** Safe twice. */
  close(): void
}

export interface PokeOptions extends QueuePlace {
  onTrouble?(error: Error): void
}

const channelOf = (prefix: string) => `${prefix}:poke`
/** A key that is never there. */
const probeOf = (prefix: string) => `${prefix}:poke:probe`

/** Connects when it is first used, since most backends never have to. */
export function createPoker({ address, prefix = defaultPrefix, onTrouble = () => {} }: PokeOptions): Poker {
  const redis = openRedis(address, { lazyConnect: true, enableOfflineQueue: false }, onTrouble)
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
    poke() {
      if (due) return
      due = true
      if (redis.status === 'wait')
        redis.connect().catch(() => {}) // it goes on trying
      else setImmediate(send)
    },
    close: () => redis.disconnect(),
  }
}

/** Hears pokes, and once whenever it has (re)connected, since it may have missed some. */
export function listenForPokes(
  { address, prefix = defaultPrefix, onTrouble = () => {} }: PokeOptions,
  onPoke: () => void,
): { close(): void } {
  const redis = openRedis(address, { autoResubscribe: false }, onTrouble)
  redis.on('message', onPoke)
  redis.on('ready', () => {
    redis.subscribe(channelOf(prefix)).then(onPoke, () => {}) // lost again: it will be ready again
  })
  const probing = keepWritable(redis, probeOf(prefix))
  return {
    close() {
      probing.stop()
      redis.disconnect()
    },
  }
}
