import os from 'node:os'
import neo4j from 'neo4j-driver'
import { expect, onTestFinished, test } from 'vitest'
import { generateWorld } from '../../world/demo/demo.ts'
import { fillWorld } from '../../world/import/fill.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { hearth, settings, startHearth } from '../e2e/hearth-command.ts'
import { neo4jAuth } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

const entities = 2_000

async function plant(worldId: string): Promise<void> {
  const world = neo4jWorld(neo4jAuth())
  await world.schema()
  await fillWorld(world, worldId, generateWorld({ entities, eventsPerEntity: 3 }), { batchSize: 2_000 })
  await world.close()
  onTestFinished(async () => {
    const { uri, user, password } = neo4jAuth()
    const driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
    await driver.executeQuery('MATCH (n {world_id: $worldId}) DETACH DELETE n', { worldId })
    await driver.close()
  })
}

test('a worker killed with -9 during warming still ends in a fully warm world', async () => {
  const worldId = fresh('killed')
  await plant(worldId)
  const env = { ...settings(), HEARTH_WARM_CHUNK: '25' }
  const first = startHearth(['worker'], { ...env, HEARTH_WORKER_NICE: '7' })
  await first.says(/ready: waiting for jobs/)
  expect(os.getPriority(first.pid), 'it gives way to others').toBe(7)
  const activation = startHearth(['activate', worldId, '--wait'], env)
  await activation.says(/warming \S+: [1-5]0 %/)
  first.kill('SIGKILL')
  expect(await first.ended).toBe('SIGKILL')
  expect(activation.printed()).not.toContain('100 %')

  const second = startHearth(['worker'], env)
  await activation.says(/is warm: 4,002 entries/)
  expect(await activation.ended).toBe(0)

  const { out } = await hearth(['inspect', worldId, '--json'], env)
  const { rows } = JSON.parse(out) as { rows: { what: string; entries: number; absent: number }[] }
  expect(Object.fromEntries(rows.map(({ what, entries, absent }) => [what, [entries, absent]]))).toEqual({
    flags: [1, 0],
    snapshot: [1, 0],
    character: [entities * 0.6, 0],
    location: [entities * 0.25, 0],
    object: [entities * 0.15, 0],
    timeline: [entities, 0],
  })
  second.kill('SIGTERM')
  expect(await second.ended).toBe(0)
})
