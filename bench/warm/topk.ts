import type { NewEvent } from '../../model/world-data.ts'
import { generateWorld } from '../../world/demo/demo.ts'
import { fillWorld } from '../../world/import/fill.ts'
import type { World } from '../../world/world.ts'
import type { Bench } from '../bench.ts'
import { interleaved, median, ratios, timed } from '../rounds.ts'

const worldId = 'bench-topk'
const limit = 20
const loadsPerRound = 40
const lengths = { long: 100_000, short: 1_000 }
type Which = keyof typeof lengths

/** The cost of the newest events of a timeline, by its length: the median of many loads a round, alternating. */
export async function topk({ report, say }: Bench, world: World, rounds: number): Promise<void> {
  for (const which of ['short', 'long'] as const) {
    say(`writing a timeline of ${lengths[which]} events`)
    await fillWorld(world, worldId, timelineOf(which), { batchSize: 2_000 })
  }
  const load = async (which: Which) => {
    const [events] = await world.timelines(worldId, [which], limit)
    if (events?.length !== limit)
      throw new Error(`${which}: ${events?.length} events were loaded, not ${limit}`)
  }
  const loads = (which: Which) => async () => {
    const times: number[] = []
    for (let i = 0; i < loadsPerRound; i++) times.push(await timed(() => load(which)))
    return median(times)
  }
  const times = await interleaved({ contenders: { long: loads('long'), short: loads('short') }, rounds })
  report.measured({ what: `top ${limit} of 100,000 events`, unit: 'ms', rounds: times.long })
  report.measured({ what: `top ${limit} of 1,000 events`, unit: 'ms', rounds: times.short })
  report.target({ figure: 'topk-100k/topk-1k', rounds: ratios(times.long, times.short), goal: '<= 2' })
}

function timelineOf(which: Which) {
  const { snapshot, events } = generateWorld({
    entities: 1,
    eventsPerEntity: lengths[which],
    exactEventsPerEntity: true,
  })
  const counts = { entities: 1, events: lengths[which] }
  const entities = [{ type: 'character', id: which, name: which, props: {} } as const]
  return { snapshot, counts, entities, events: standingOn(which, events) }
}

function* standingOn(id: string, events: Iterable<NewEvent>): Generator<NewEvent> {
  for (const event of events) yield { ...event, event_id: `${id}-${event.event_id}`, participants: [id] }
}
