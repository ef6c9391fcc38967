import { vi } from 'vitest'
import { createCache } from '../../../cache/cache.ts'
import { nearParts } from '../../../cache/near/near.ts'
import type { NearState } from '../../../cache/near/near-state.ts'
import type { CacheRedis } from '../../../cache/scripts.ts'
import { createInterleaver } from '../interleave.ts'
import { fresh } from '../setup.ts'
import { holdConnections } from './held-connections.ts'
import { createNearProcess, heldRedis, type MakeNear } from './processes.ts'
import { createRegisters } from './registers.ts'
import { createPlay, type Step } from './steps.ts'

/** One run of the model. */
export interface Run {
  /** Each does its steps one after the other, all at the same time. */
  threads: readonly (readonly Step[])[]
  /** Which of those that wait is let through. */
  order: readonly number[]
  /** Of the near cache. */
  maxBytes: number
  /** Whether the entries are near when the threads begin, and not in Redis alone. */
  beginsNear: boolean
}

export interface Played {
  /** What was read or stored that must not have been. */
  wrong: string[]
  nearHits: number
  state: NearState | undefined
}

export const ids = ['a', 'b'] as const

/**
 * Plays it on a real Redis of its own. The clock of the code, `performance.now()`, counts the steps of the interleaver, so
 * that ages are exact; call `vi.useFakeTimers({ toFake: ['performance'] })` before.
 */
export async function play(redis: CacheRedis, run: Run, makeNear: MakeNear): Promise<Played> {
  const interleaver = createInterleaver()
  const registers = createRegisters()
  const connections = holdConnections(nearParts.openTracked, interleaver)
  const setting = { redis, connections, registers, interleaver }
  const near = createNearProcess(setting, makeNear, run.maxBytes)
  const model = {
    ...setting,
    near,
    elsewhere: createCache({ redis: heldRedis(setting), waitMs: 50, sleep: interleaver.turn }),
    outside: createCache({ redis }),
    clock: { pass: (ms: number) => void vi.advanceTimersByTime(ms) },
    worldId: fresh('near'),
    ids,
    wrong: [] as string[],
  }
  const steps = createPlay(model)
  const begin = async (): Promise<void> => {
    await near.armedNext()
    await steps['read-both']('') // fills Redis
    if (run.beginsNear) await steps['read-both']('')
  }
  await Promise.all([interleaver.awaited(begin()), interleaver.drive(() => 0)])

  async function thread(all: readonly Step[]): Promise<void> {
    for (const { deed, id } of all) {
      await interleaver.turn()
      await steps[deed](id)
    }
  }
  let step = 0
  const choose = (count: number): number => {
    model.clock.pass(1)
    return (run.order[step++] ?? 0) % Math.max(count, 1)
  }
  await Promise.all([...run.threads.map(thread), interleaver.drive(choose)])
  const state = near.cache.near?.stats.state
  near.close()

  for (const id of ids) {
    const { key, lease } = near.cache.keys.entry(near.kind, model.worldId, { type: 'object', id })
    const text = await redis.get(key)
    if (text !== null && JSON.parse(text).is !== registers.now(id)) model.wrong.push(`stored ${id} ${text}`)
    if ((await redis.exists(lease)) === 1) model.wrong.push(`the lease of ${id} is left behind`)
  }
  return { wrong: model.wrong, nearHits: near.hits(), state }
}
