import { setTimeout as pause } from 'node:timers/promises'
import { pick, uniqBy } from 'es-toolkit'
import { Redis } from 'ioredis'
import type { HostAndPort } from '../model/redis-address.ts'
import type { ServerOptions } from './redis-place.ts'
import { ReasonedConnector } from './redis-words.ts'

type Emit = Parameters<ReasonedConnector['connect']>[0]
const answerMs = 1_000
const retryMs = 500

/**
 * ioredis' way to the one node of a Redis Cluster that holds a key's slot, as it asks Sentinels for a primary. What has
 * all its keys in one slot needs no more: then blocking commands, transactions and WAIT go over one connection, as on a
 * single server. Nodes that the cluster had when it was last asked are asked as well, since those given may have died.
 */
export function toSlotOf(
  key: string,
  given: readonly HostAndPort[],
): new (
  options: unknown,
) => ReasonedConnector {
  let known = given

  return class SlotConnector extends ReasonedConnector {
    override async connect(emit: Emit) {
      this.connecting = true
      while (this.connecting) {
        const holder = await this.findHolder(emit)
        if (holder && this.connecting) {
          Object.assign(this.options, holder)
          return super.connect(emit)
        }
        await pause(retryMs)
      }
      throw new Error('Connection is closed.')
    }

    private async findHolder(emit: Emit): Promise<HostAndPort | undefined> {
      for (const asked of known) {
        // A node that has lost the others answers what was: the next connection asks another one first.
        known = [...known.filter(node => node !== asked), asked]
        try {
          const way = { ...pick(this.options as ServerOptions, credentials), ...asked }
          const { holder, nodes } = await whoHolds(key, way)
          known = uniqBy(
            [...nodes, ...given, asked].reverse(),
            ({ host, port }) => `${host}:${port}`,
          ).reverse()
          if (holder) return holder
        } catch (error) {
          emit('error', error as Error)
        }
      }
      return undefined
    }
  }
}

const credentials = ['username', 'password', 'tls', 'family'] as const

/** The primary of the key's slot, if it has one, and all nodes of the cluster. Rejects where `asked` does not answer. */
async function whoHolds(
  key: string,
  asked: ServerOptions & HostAndPort,
): Promise<{ holder: HostAndPort | undefined; nodes: HostAndPort[] }> {
  const redis = new Redis({
    ...asked,
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
    connectTimeout: answerMs,
    commandTimeout: answerMs,
  })
  let why: Error | undefined
  redis.on('error', error => {
    why = error
  })
  try {
    await redis.connect().catch(error => {
      throw why ?? error // which only says that there is no connection
    })
    const [slot, slots] = await Promise.all([redis.cluster('KEYSLOT', key), redis.cluster('SLOTS')])
    // Without a host it is the one that was asked.
    const nodesOf = ([, , ...nodes]: (typeof slots)[number]) =>
      nodes.map(([host, port]): HostAndPort => ({ host: host || asked.host, port }))
    const [held] = slots.filter(([from, to]) => from <= slot && slot <= to).map(nodesOf)
    return { holder: held?.[0], nodes: slots.flatMap(nodesOf) }
  } finally {
    redis.disconnect()
  }
}
