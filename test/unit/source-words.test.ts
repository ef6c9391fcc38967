import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { root } from '../support/pages.ts'

/** Folders that work with any source. `cli/` and `config/` wire the built-in one. */
const folders = [
  'cache',
  'dashboard',
  'hearth',
  'jobs',
  'model',
  'queues',
  'resilience',
  'telemetry',
  'world',
]

/** Neo4j's own folder, and the table of servers' errors with their remedies. */
const exempt = /^world\/neo4j\/|^resilience\/server-words\.ts$/

/** Files that have the same rule in Cypher, or whose message names the library's function. */
const mayBeNamed = /\bneo4j\/[\w-]+\.ts|\bneo4jWorld\(/g

test('only world/neo4j and the wiring name Neo4j, its errors or its driver', () => {
  const top = fileURLToPath(root)
  const files = folders.flatMap(folder =>
    readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.(tsx?|lua)$/.test(name) && !exempt.test(`${folder}/${name}`))
      .map(name => `${folder}/${name}`),
  )
  expect(files.length).toBeGreaterThan(100)
  const naming = files.flatMap(file =>
    readFileSync(join(top, file), 'utf8')
      .split('\n')
      .filter(line => /neo4j/i.test(line.replace(mayBeNamed, '')))
      .map(line => `${file}: ${line.trim()}`),
  )
  expect(naming).toEqual([])
})
