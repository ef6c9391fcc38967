import { AsyncLocalStorage } from 'node:async_hooks'
import type { Processor } from 'bullmq'
import type { Loads } from '../../world/loads.ts'
import type { World } from '../../world/world.ts'
import type { JobDeps } from '../deps.ts'

const current = new AsyncLocalStorage<AbortSignal>()

/** A processor that is stopped where its job's lock is lost: another worker has the job then. */
export function stoppable(processor: Processor): Processor {
  // Three parameters, by which BullMQ knows that it wants the signal.
  return (job, token, signal) =>
    signal ? current.run(signal as AbortSignal, () => processor(job, token, signal)) : processor(job, token)
}

/** What jobs load by: a job that was stopped begins no load, and stores nothing that it has loaded. */
export function stoppableDeps<Deps extends Pick<JobDeps, 'world' | 'loads' | 'urgent'>>(deps: Deps): Deps {
  return { ...deps, ...stoppableLoads(deps), urgent: stoppableLoads(deps.urgent) }
}

function stoppableLoads({ world, loads }: Pick<JobDeps, 'world' | 'loads'>) {
  const stopping =
    <A extends unknown[], T>(load: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      current.getStore()?.throwIfAborted()
      const loaded = await load(...given)
      current.getStore()?.throwIfAborted()
      return loaded
    }
  const members: Pick<World, 'members'> = { members: stopping((id, page) => world.members(id, page)) }
  return {
    world: Object.assign(Object.create(world), members),
    loads: { of: (kind, worldId) => stopping(loads.of(kind, worldId)) } satisfies Loads,
  }
}
