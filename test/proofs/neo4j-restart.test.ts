import { existsSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { startNeo4j } from '../../tools/servers/neo4j.ts'
import { query } from '../support/neo4j-query.ts'

test('a killed Neo4j comes back on its port with its data; after stop nothing is left', async context => {
  const listeners = process.listenerCount('exit')
  const server = await startNeo4j({ isolated: true })
  onTestFinished(() => server.stop())
  const { process: child } = server
  if (!child) {
    console.log(`[servers] skipped: a Neo4j cannot be killed here (${server.how})`)
    return context.skip()
  }
  await query(server, "CREATE (:Kept {name: 'yes'})")
  const killed = child.pid
  await child.kill('SIGKILL')
  await expect(query(server, 'RETURN 1')).rejects.toThrow()
  await child.restart()
  expect(child.pid).not.toBe(killed)
  expect(await query(server, 'MATCH (k:Kept) RETURN k.name')).toEqual(['yes'])

  const [home] = await query(
    server,
    "SHOW SETTINGS YIELD name, value WHERE name = 'server.directories.neo4j_home' RETURN value",
  )
  expect(existsSync(String(home))).toBe(true)
  const { pid } = child
  await Promise.all([server.stop(), server.stop()])
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  expect(existsSync(String(home))).toBe(false)
  expect(process.listenerCount('exit')).toBe(listeners)
})
