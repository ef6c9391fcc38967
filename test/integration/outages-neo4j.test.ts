import { expect, onTestFinished, test } from 'vitest'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { openWay, type Weather } from '../chaos/proxy.ts'
import { kinds } from '../support/kinds.ts'
import { inTime } from '../support/relay-setup.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

/** A hearth whose connection to Neo4j can be cut; one entity of its world is warm, another is not. */
async function openBefore() {
  const way = await openWay(neo4jAuth().uri.replace(/^neo4j:/, 'bolt:'))
  onTestFinished(way.close)
  const world = neo4jWorld({ ...neo4jAuth(), uri: way.url })
  const hearth = openedHearth({ cache: redisUrl(), queuePrefix: fresh('q'), world })
  onTestFinished(() => hearth.close())
  const worldId = fresh()
  await world.saveSnapshot(worldId, {})
  await world.putEntities(worldId, [
    { type: 'character', id: 'warm', name: 'warm', props: {} },
    { type: 'character', id: 'cold', name: 'cold', props: {} },
  ])
  const read = (id: string) => hearth.entity(worldId, { type: 'character', id })
  const key = hearth.cache.keys.entry(kinds.entity, worldId, { type: 'character', id: 'warm' }).key
  const isWarm = () => hearth.cache.redis.exists(key)
  await expect.poll(() => read('warm').then(isWarm), inTime).toBe(1) // a read of a busy machine may go past the cache
  return { hearth, way, worldId, read }
}

const weathers: Weather[] = [{ kind: 'cut' }, { kind: 'blackhole' }]
test.each(weathers)(
  'Neo4j away ($kind): hits continue, misses and writes fail, in the end at once; then it is back',
  async weather => {
    const { hearth, way, worldId, read } = await openBefore()
    way.become(weather)
    const begun = performance.now()
    await expect(read('cold')).rejects.toMatchObject({ code: 'WorldUnavailable' })
    console.log(
      `[outages] the first miss failed after ${Math.round(performance.now() - begun)} ms (${weather.kind})`,
    )
    expect(performance.now() - begun, 'not after the 30 s of a query').toBeLessThan(10_000)

    const from = performance.now()
    for (let i = 0; i < 20; i++) {
      await expect(read('cold')).rejects.toMatchObject({ code: 'WorldUnavailable' })
      expect((await read('warm'))?.name).toBe('warm')
    }
    await expect(hearth.setFlags(worldId, { a: 1 })).rejects.toMatchObject({ code: 'WorldUnavailable' })
    expect(performance.now() - from, 'all of them together').toBeLessThan(3_000)

    way.become({ kind: 'clear' })
    await expect
      .poll(
        () =>
          read('cold').then(
            entity => entity?.name,
            error => error.code,
          ),
        inTime,
      )
      .toBe('cold')
  },
)
