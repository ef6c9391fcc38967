import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { openedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'
import type { Bench } from '../bench.ts'
import { programBeside } from '../program-beside.ts'
import { outcome } from './replay.ts'
import type { WorkerArgs } from './worker.ts'

export interface HearthOptions extends WorkerArgs {
  world: World
  worldId: string
}

/** Hearth as a game uses it: the reader in this process, one worker in another. Nothing is warmed beforehand. */
export async function openHearth({ closing }: Bench, { world, worldId, ...args }: HearthOptions) {
  const hearth = openedHearth({
    cache: args.cache,
    queue: args.queue.address,
    queuePrefix: args.queue.prefix,
    world: { ...world, close: async () => {} }, // the benchmark closes it: the other contender reads it too
    lives: { kindsMs: { timeline: args.policy.timelineMs } },
    observer: {
      hit: (_kind, _count, level) => level === 'redis' && isHit(), // those in memory are counted later, outside their reads
      nearHit: isHit,
    },
  })
  await closing.opened('hearth', () => hearth.close())
  let loaded = 0
  const worker = fork(programBeside(import.meta.url, 'worker'), [JSON.stringify(args)])
  await closing.opened('the worker', () => ended(worker))
  worker.on('message', entities => {
    loaded += entities as number
  })
  await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(([code]) => Promise.reject(new Error(`the worker ended with ${code}`))),
  ])

  return {
    read: (id: string) => hearth.timeline(worldId, id),
    /** Entities loaded by the worker. */
    loaded: () => loaded,
    /** Rejects where the worker has died meanwhile: then it was not Hearth that was measured. */
    async close() {
      if (hasEnded(worker)) throw new Error(`the worker ended with ${worker.exitCode ?? worker.signalCode}`)
      await ended(worker)
      await hearth.close()
    },
  }
}

/** The read that is under way. */
function isHit(): void {
  const told = outcome.getStore()
  if (told) told.hit = true
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

/** Killed, because its work is no longer needed. */
async function ended(worker: ChildProcess): Promise<void> {
  if (hasEnded(worker)) return
  const exit = once(worker, 'exit')
  worker.kill('SIGKILL')
  await exit
}
