import type { Loads } from '../../world/loads.ts'
import type { World } from '../../world/world.ts'
import type { JobDeps } from '../deps.ts'

/**
 * What a job loads by. One whose signal is aborted, since its lock is lost and another worker has it, begins no load, and
 * stores nothing that it has loaded.
 */
export function stoppableDeps<Deps extends Pick<JobDeps, 'world' | 'loads' | 'urgent'>>(
  deps: Deps,
  signal: AbortSignal,
): Deps {
  return { ...deps, ...stoppableLoads(deps, signal), urgent: stoppableLoads(deps.urgent, signal) }
}

function stoppableLoads({ world, loads }: Pick<JobDeps, 'world' | 'loads'>, signal: AbortSignal) {
  const stopping =
    <A extends unknown[], T>(load: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      signal.throwIfAborted()
      const loaded = await load(...given)
      signal.throwIfAborted()
      return loaded
    }
  const members: Pick<World, 'members'> = { members: stopping((id, page) => world.members(id, page)) }
  return {
    world: Object.assign(Object.create(world), members),
    loads: { of: (kind, worldId) => stopping(loads.of(kind, worldId)) } satisfies Loads,
  }
}
