import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { importFolder } from '../../../world/import/import.ts'
import { connect } from '../../../world/neo4j/connection.ts'
import { neo4jWorld } from '../../../world/neo4j/world.ts'
import { folderOf } from '../../support/folder-of.ts'
import type { Auth } from '../../support/neo4j-game.ts'

export function testRefusedLine(server: () => Auth): void {
  test('a line that a constraint of the game refuses is named, and the lines before it can be imported again', async () => {
    const unique = `of_${randomUUID().slice(0, 8)}`
    const game = connect(server())
    onTestFinished(() => game.close())
    await game.alter(`CREATE CONSTRAINT ${unique} FOR (o:Object) REQUIRE o.${unique} IS UNIQUE`)
    onTestFinished(async () => void (await game.alter(`DROP CONSTRAINT ${unique}`)))
    const world = neo4jWorld(server())
    await world.schema()
    onTestFinished(() => world.close())
    const entity = (i: number) => ({
      id: `${unique} ${i}`,
      type: 'object',
      props: { [unique]: i === 7 ? 3 : i },
    })
    const folder = await folderOf({ 'entities.ndjson': Array.from({ length: 9 }, (_, i) => entity(i)) })
    const importing = importFolder({ world, folder, worldId: unique })
    await expect(importing).rejects.toMatchObject({
      code: 'WorldRefused',
      message: expect.stringMatching(/entities[.]ndjson:8: .*; the lines before it are written/),
    })
    expect(await world.members(unique, { limit: 20 })).toHaveLength(7)
    await writeFile(
      join(folder, 'entities.ndjson'),
      Array.from({ length: 7 }, (_, i) => JSON.stringify(entity(i))).join('\n'),
    )
    await importFolder({ world, folder, worldId: unique })
    expect(await world.members(unique, { limit: 20 })).toHaveLength(7)
  })
}
