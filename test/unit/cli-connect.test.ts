import { expect, onTestFinished, test } from 'vitest'
import { openNeo4j } from '../../cli/open-neo4j.ts'
import { readConfig } from '../../config/read.ts'

/** The fields of an event that a world with this environment keeps. */
function kept(env: Record<string, string>): string[] {
  const config = readConfig({
    env: { HEARTH_NEO4J_URI: 'bolt://127.0.0.1:7687', ...env },
    needs: ['neo4jUri'],
  })
  const world = openNeo4j(config) // connects on the first query
  onTestFinished(() => world.close())
  const event = { event_id: 'e', timestamp: '2026-01-01T00:00:00', participants: ['c1'], location_id: null }
  const metadata = { password: 'x', nicknameShown: 'x', bank_branch: 'x', mood: 'x' }
  return Object.keys(world.readable({ ...event, metadata })?.metadata ?? {})
}

test('private names of a backend are private in the processes that get them as a setting', () => {
  expect(kept({})).toEqual(['nicknameShown', 'bank_branch', 'mood'])
  expect(kept({ HEARTH_PRIVATE_NAMES: 'nickname, bank branch' })).toEqual(['mood'])
})
