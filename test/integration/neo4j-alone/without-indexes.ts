import * as vitest from 'vitest'
import { describe, expect, test } from 'vitest'
import { describeWorldContract } from '../../../testing.ts'
import { timelinesCypher } from '../../../world/neo4j/timelines.ts'
import { neo4jWorld } from '../../../world/neo4j/world.ts'
import { type Auth, startGame } from '../../support/neo4j-game.ts'

export function describeWithoutIndexes(server: () => Auth): void {
  describe('without any index', () => {
    describeWorldContract(vitest, {
      name: 'a plain world',
      open: () => neo4jWorld({ ...server(), graph: 'plain' }),
      sharedIds: false,
      state: false,
    })

    test('a chunk of any size scans each label once', async () => {
      const game = await startGame(server())
      const ids = Array.from({ length: 40 }, (_, i) => `${i} ${game.worldId}`)
      for (const id of ids) await game.addCharacter(id)
      const plan = await game.profile(timelinesCypher({ timeline: false }), { ids, limit: 5n })
      const scans = plan.filter(operator => /Scan$/.test(operator.name))
      const [{ all } = {}] = await game.run(
        'MATCH (n:World|Character|Location|Object|Timeline) RETURN count(n) AS all',
      )
      expect(scans.length).toBeGreaterThan(0)
      expect(scans.reduce((sum, scan) => sum + scan.rows, 0)).toBeLessThanOrEqual(Number(all))
      await game.close()
    })
  })
}
