import { expect, onTestFinished, test } from 'vitest'
import { recordChanges } from '../../../index.ts'
import { neo4jWorld } from '../../../world/neo4j/world.ts'
import type { Auth } from '../../support/neo4j-game.ts'
import { fresh } from '../../support/setup.ts'

export function testOutboxIndex(server: () => Auth): void {
  test('the schema has an index of each outbox, and a fleet whose name is no name is refused', async () => {
    const fleet = fresh('fleet').replaceAll('-', '_')
    const world = neo4jWorld({ ...server(), fleet })
    onTestFinished(() => world.close())
    expect(world.decides, 'processes that differ in it are reported').toMatchObject({ fleet })
    const place = `(:CacheOutbox_${fleet}) recorded_at`
    expect((await world.facts()).lacking).toContain(place)
    expect((await world.schema()).find(({ on }) => on === place)).toMatchObject({ outcome: 'created' })
    expect((await world.facts()).lacking).not.toContain(place)
    expect(await world.outbox.backlog()).toEqual({ pending: 0, oldestMs: null })

    const { uri, user, password } = server()
    const wrong = 'no name) DETACH DELETE o //'
    expect(() => neo4jWorld({ uri, user, password, fleet: wrong })).toThrow(/fleet/)
    const tx = { run: async () => {} }
    await expect(recordChanges(tx, 'w', [{ kind: 'flags-changed' }], { fleet: wrong })).rejects.toMatchObject(
      {
        code: 'InvalidInput',
        message: /fleet must be 1 to 40/,
      },
    )
  })
}
