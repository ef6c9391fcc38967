import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from '../../../world/neo4j/connection.ts'
import { integersAfter } from '../../../world/neo4j/graph.ts'
import { membersCypher } from '../../../world/neo4j/members.ts'
import { rangeIndexes } from '../../../world/neo4j/schema.ts'
import { neo4jWorld } from '../../../world/neo4j/world.ts'
import { type Auth, startGame } from '../../support/neo4j-game.ts'

/** Finds no constraint and no index, and leaves some of Hearth's behind. */
export function describeSchema(server: () => Auth): void {
  describe('the schema', () => {
    const twin = `twin ${randomUUID()}`
    afterAll(async () => {
      const own = connect(server())
      await own.alter('DROP CONSTRAINT game_people IF EXISTS')
      await own.alter('DROP INDEX game_events IF EXISTS')
      await own.alter(`MATCH (w:World {world_id: '${twin}'}) DELETE w`)
      await own.close()
    })

    test("is added to the game's own, is reported row by row, and exists already the second time", async () => {
      const own = connect(server())
      await own.alter('CREATE CONSTRAINT game_people FOR (c:Character) REQUIRE c.character_id IS UNIQUE')
      await own.alter('CREATE INDEX game_events FOR (e:TimelineEvent) ON (e.event_id)')
      const world = neo4jWorld(server())
      expect((await world.facts()).lacking).toContain('(:World) world_id')
      const report = await world.schema()
      expect((await world.facts()).lacking).toEqual([])
      expect(report.filter(row => row.outcome !== 'created')).toEqual([
        { name: 'game_people', on: '(:Character) character_id', outcome: "kept the game's own" },
        { name: 'game_events', on: '(:TimelineEvent) event_id', outcome: "kept the game's own" },
      ])
      const indexes = await rangeIndexes(own)
      expect(indexes.filter(index => index.state !== 'ONLINE')).toEqual([])
      expect(new Set(indexes.map(index => index.name))).toEqual(new Set(report.map(row => row.name)))

      const again = await world.schema()
      expect(again.map(row => row.name)).toEqual(report.map(row => row.name))
      expect(again.map(row => row.outcome)).not.toContain('created')
      await world.close()
      await own.close()
    })

    test('is used at once by a world that started without it, and its members are read by an index', async () => {
      const game = await startGame(server())
      const ids = Array.from({ length: 100 }, (_, i) => `${String(i).padStart(3, '0')} ${game.worldId}`)
      for (const id of ids) await game.addCharacter(id)
      const afterId = ids[9] ?? ''
      const parameters = { afterId, limit: 5n, integers: integersAfter(afterId) }
      const plan = await game.profile(membersCypher('character', { indexed: true }), parameters)
      const [sought, ...ofIntegers] = plan
        .filter(operator => /IndexSeekByRange/.test(operator.name))
        .map(seek => seek.rows)
        .toSorted((a, b) => b - a)
      expect(ofIntegers).toEqual([0, 0])
      expect(sought).toBeGreaterThanOrEqual(5)
      expect(sought).toBeLessThan(50) // a few of other worlds are in between
      const world = neo4jWorld(server())
      const page = await world.members(game.worldId, {
        after: { type: 'character', id: afterId },
        limit: 5,
      })
      expect(page.map(member => member.id)).toEqual(ids.slice(10, 15))
      await world.close()
      await game.close()
    })

    test('that contradicts the data is an error that names the place', async () => {
      const own = connect(server())
      await own.alter('DROP CONSTRAINT hearth_world')
      await own.alter(`UNWIND [1, 2] AS i CREATE (:World {world_id: '${twin}'})`)
      const world = neo4jWorld(server())
      await expect(world.schema()).rejects.toMatchObject({
        code: 'InvalidInput',
        message: expect.stringMatching(/^\(:World\) world_id: cannot be made unique/),
      })
      await world.close()
      await own.close()
    })
  })
}
