import { SpanKind } from '@opentelemetry/api'
import type { LoadFor } from '../resilience/load-turns.ts'
import { inSpan } from '../telemetry/tracing.ts'
import { aroundLoads } from '../world/around-loads.ts'
import type { World } from '../world/world.ts'

/**
 * The world, each load from it in a span. It goes around all else that a load waits for, so that a span belongs to the
 * reader that waits, also where several loads become one query.
 */
export function traced(world: World, by: LoadFor): World {
  const { traceAttributes } = world
  const kind = traceAttributes ? SpanKind.CLIENT : SpanKind.INTERNAL
  return aroundLoads(world, ({ what, worldId, isBatch, items, run }) => {
    const attributes = {
      ...traceAttributes,
      'db.operation.name': `load ${what}`,
      'hearth.world.id': worldId,
      'hearth.load.for': by,
      ...(isBatch && { 'hearth.load.entities': items.length }),
    }
    return inSpan({ name: `load ${what}`, kind, attributes }, () => run(items))
  })
}
