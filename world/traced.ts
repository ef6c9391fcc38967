import { SpanKind } from '@opentelemetry/api'
import { inSpan } from '../tracing.ts'
import type { LoadFor } from './load-gate.ts'
import type { World } from './world.ts'

/**
 * The world, each load from it in a span. It goes around all else that a load waits for, so that a span belongs to the
 * one who waits, also where several loads become one query.
 */
export function traced(world: World, by: LoadFor): World {
  const { traceAttributes } = world
  const kind = traceAttributes ? SpanKind.CLIENT : SpanKind.INTERNAL
  const load = <T>(what: string, worldId: string, count: number | undefined, work: () => Promise<T>) => {
    const attributes = {
      ...traceAttributes,
      'db.operation.name': `load ${what}`,
      'hearth.world.id': worldId,
      'hearth.load.for': by,
      ...(count !== undefined && { 'hearth.load.entities': count }),
    }
    return inSpan({ name: `load ${what}`, kind, attributes }, work)
  }
  const own: Partial<World> = {
    flags: worldId => load('flags', worldId, undefined, () => world.flags(worldId)),
    snapshot: worldId => load('snapshot', worldId, undefined, () => world.snapshot(worldId)),
    entities: (worldId, refs) => load('entities', worldId, refs.length, () => world.entities(worldId, refs)),
    timelines: (worldId, ids, limit) =>
      load('timelines', worldId, ids.length, () => world.timelines(worldId, ids, limit)),
    members: (worldId, page) => load('members', worldId, undefined, () => world.members(worldId, page)),
  }
  return Object.assign(Object.create(world), own)
}
