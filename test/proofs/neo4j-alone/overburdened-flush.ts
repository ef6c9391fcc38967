import neo4j from 'neo4j-driver'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startPool } from '../../../jobs/pool/pool.ts'
import type { AppendedEvent } from '../../../model/new-events.ts'
import { openedHearth } from '../../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../../world/neo4j/world.ts'
import type { Auth } from '../../support/neo4j-game.ts'
import { redisUrl } from '../../support/servers.ts'
import { fresh, queueOf } from '../../support/setup.ts'

const inTime = { timeout: 60_000, interval: 50 }

const names = Array.from({ length: 20 }, (_, i) => `c${i}`)
const eventOf = (i: number, more: Partial<AppendedEvent> = {}): AppendedEvent & { event_id: string } => ({
  event_id: `e${i}`,
  timestamp: '2030-01-01T00:00:00',
  participants: names,
  ...more,
})

/** On a server that allows a transaction few megabytes. */
export function describeOverburdenedFlush(server: () => Auth): void {
  describe('a flush of events that overburden Neo4j:', () => {
    beforeAll(async () => {
      const world = neo4jWorld(server())
      await world.schema()
      await world.close()
    })

    async function openWorld() {
      // A batch that is too large stays so: by default the driver would send each for five seconds.
      const world = neo4jWorld({ ...server(), retryWritesForMs: 300 })
      const prefix = fresh('q')
      const hearth = openedHearth({ cache: redisUrl(), queuePrefix: prefix, world })
      onTestFinished(() => hearth.close())
      const worldId = fresh()
      await world.saveSnapshot(worldId, {})
      await world.putEntities(
        worldId,
        names.map(id => ({ type: 'character', id, name: id, props: {} })),
      )
      const startWorkers = async () => {
        const place = { address: redisUrl(), prefix }
        const pool = await startPool({ ...place, deps: hearth.jobDeps() })
        onTestFinished(() => pool.close(1_000))
      }
      const flushed = () =>
        vi.waitFor(async () => expect((await hearth.pending.first(worldId, 1)).pending).toBe(0), inTime)
      return { world, hearth, worldId, startWorkers, flushed }
    }

    test('a batch that needs more memory than Neo4j allows is split in halves, and the size is remembered', async () => {
      const { world, hearth, worldId, startWorkers, flushed } = await openWorld()
      const events = Array.from({ length: 180 }, (_, i) => eventOf(i))
      await expect(world.addEvents(worldId, events)).rejects.toMatchObject({ code: 'WorldOverburdened' })
      const addEvents = vi.spyOn(world, 'addEvents')
      await hearth.appendEvents(worldId, events)
      await startWorkers()
      await flushed()
      const sizes = addEvents.mock.calls.map(([, some]) => some.length)
      console.log(`[overburdened] batches of ${sizes.join(', ')} events`)
      expect(sizes.slice(0, 2)).toEqual([180, 90])
      expect(sizes.length, 'not the whole of it again and again').toBeLessThan(20)
      const [timeline] = await world.timelines(worldId, ['c7'], 1_000)
      expect(timeline?.length).toBe(180)
      expect(await hearth.pending.dead(worldId)).toEqual([])
    })

    test('an event that is too large even alone is set aside with the reason, and the other events are written', async () => {
      const { world, hearth, worldId, startWorkers, flushed } = await openWorld()
      const metadata = { text: 'x'.repeat(900_000) }
      const tags = Array.from({ length: 10_000 }, (_, i) => `tag ${i}`)
      const participants = Array.from({ length: 1_000 }, (_, i) => `c${i}`)
      await world.putEntities(
        worldId,
        participants.map(id => ({ type: 'character', id, name: id, props: {} })),
      )
      await hearth.appendEvents(worldId, [
        eventOf(0),
        eventOf(1, { metadata, tags, participants }),
        eventOf(2),
      ])
      await startWorkers()
      await flushed()
      expect(await hearth.pending.dead(worldId)).toMatchObject([
        { event: { event_id: 'e1' }, reason: expect.stringContaining('memory') },
      ])
      const [timeline] = await world.timelines(worldId, ['c7'], 10)
      expect(timeline?.map(({ event_id }) => event_id).toSorted()).toEqual(['e0', 'e2'])
    })

    test('an event that Neo4j will never take is set aside alone, and is written when the obstacle is gone', async () => {
      const { world, hearth, worldId, startWorkers, flushed } = await openWorld()
      const { uri, user, password } = server()
      const driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
      onTestFinished(() => driver.close())
      // Neo4j refuses index keys of more than about 8 kB.
      await driver.executeQuery('CREATE INDEX in_its_way FOR (e:TimelineEvent) ON (e.event_type)')
      onTestFinished(async () => {
        await driver.executeQuery('DROP INDEX in_its_way IF EXISTS')
      })
      await driver.executeQuery('CALL db.awaitIndexes(60)')
      const events = Array.from({ length: 40 }, (_, i) => eventOf(i))
      const poison = eventOf(5_000, { event_type: 'x'.repeat(40_000) })
      await hearth.appendEvents(worldId, [...events.slice(0, 20), poison, ...events.slice(20)])
      await startWorkers()
      await flushed()
      expect(await hearth.pending.dead(worldId)).toHaveLength(1)
      const expectTruth = async (wanted: readonly { event_id: string }[]) => {
        const ids = wanted.map(({ event_id }) => event_id).toSorted()
        for (const timeline of await world.timelines(worldId, names, 1_000))
          expect(timeline?.map(({ event_id }) => event_id).toSorted()).toEqual(ids)
        expect((await hearth.timeline(worldId, 'c7')).map(({ event_id }) => event_id).toSorted()).toEqual(ids)
      }
      await expectTruth(events)
      const [failed] = await queueOf(hearth, 'flush').getFailed()
      expect(failed).toMatchObject({
        name: 'refused event e5000',
        failedReason: expect.stringMatching(/Neo4j: /),
      })
      console.log(`poison: ${failed?.failedReason.slice(0, 200)}`)

      await driver.executeQuery('DROP INDEX in_its_way')
      await failed?.retry()
      await vi.waitFor(async () => expect(await hearth.pending.dead(worldId)).toEqual([]), inTime)
      await flushed()
      await expectTruth([...events, poison])
    })
  })
}
