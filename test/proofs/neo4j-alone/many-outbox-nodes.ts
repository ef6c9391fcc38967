import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outboxCypher } from '../../../world/neo4j/outbox-cypher.ts'
import { type Neo4jWorld, neo4jWorld } from '../../../world/neo4j/world.ts'
import { type Auth, type Game, type Operator, startGame } from '../../support/neo4j-game.ts'

/** It drops the index of the outbox, and makes it again. */
export function describeManyOutboxNodes(server: () => Auth): void {
  describe('an outbox of many nodes', () => {
    const many = 50_000
    let world: Neo4jWorld
    let game: Game
    beforeAll(async () => {
      world = neo4jWorld(server())
      game = await startGame(server())
    })
    afterAll(async () => {
      await Promise.all([world?.close(), game?.close()])
    })
    const cypher = outboxCypher()
    const limit = 500n
    const hits = (plan: Operator[]): number => plan.reduce((sum, operator) => sum + operator.hits, 0)
    const names = (plan: Operator[]): string[] => plan.map(operator => operator.name)

    test(`of ${many}: a page costs the same as one of a few nodes`, async () => {
      const noRows = await game.profile(cypher.remove, { rows: [] })
      expect(names(noRows)).toContain('NodeByElementIdSeek') // planned while hardly any are there

      await game.run('DROP INDEX hearth_outbox IF EXISTS')
      await game.run(
        `UNWIND range(1, $many) AS i CALL (i) { CREATE (:CacheOutbox {
          id: randomUUID(), world_id: 'crowd', changes: '[{"kind":"flags-changed"}]',
          recorded_at: timestamp() - 1000000 + (i * 7919) % 200000}) } IN TRANSACTIONS`,
        { many: BigInt(many) },
      )
      const sampled = await game.profile(cypher.backlog({ outbox: false }), {})
      await world.schema()
      const indexed = await game.profile(cypher.backlog({ outbox: true }), {})
      const page = await world.outbox.pending(Number(limit))
      const pending = await game.profile(cypher.pending, { limit, except: [] })
      const remove = await game.profile(cypher.remove, { rows: page.map(({ ref, id }) => ({ ref, id })) })
      console.log(
        `db hits with ${many} pending: page of ${limit} ${hits(pending)}, removed ${hits(remove)},`,
        `backlog ${hits(indexed)} by the index, ${hits(sampled)} without`,
      )
      expect(page).toHaveLength(Number(limit))
      expect(hits(pending)).toBeLessThan(12 * Number(limit))
      expect(hits(remove)).toBeLessThan(6 * Number(limit))
      expect(hits(indexed)).toBeLessThan(20)
      expect(hits(sampled)).toBeLessThan(5_000)

      const other = neo4jWorld(server()) // which has not seen their arrival, so it uses Neo4j's clock
      const backlog = await other.outbox.backlog()
      await other.close()
      expect(backlog.pending).toBeGreaterThanOrEqual(many - Number(limit))
      expect(backlog.oldestMs).toBeGreaterThanOrEqual(999_000)

      const seen = new Set(page.map(node => node.id))
      for (let i = 0; i < 4; i++) {
        const next = await world.outbox.pending(2_000)
        for (const node of next) seen.add(node.id)
        await world.outbox.remove(next)
      }
      expect(seen.size).toBe(Number(limit) + 8_000) // no page returns removed nodes
      expect((await world.outbox.backlog()).pending).toBe(backlog.pending - 8_000)
      const late = await game.profile(cypher.pending, { limit, except: [] })
      expect(hits(late)).toBeLessThan(12 * Number(limit)) // nor scans them
    }, 180_000)
  })
}
