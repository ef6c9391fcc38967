import { existsSync } from 'node:fs'
import neo4j from 'neo4j-driver'
import { expect, onTestFinished, test } from 'vitest'
import { startNeo4j } from '../../tools/servers/neo4j.ts'
import { neo4jAuth } from '../support/servers.ts'

interface Auth {
  uri: string
  user: string
  password: string
}

async function query(auth: Auth, cypher: string): Promise<unknown[]> {
  const driver = neo4j.driver(auth.uri, neo4j.auth.basic(auth.user, auth.password), {
    maxTransactionRetryTime: 0,
  })
  try {
    const { records } = await driver.executeQuery(cypher, {}, { database: 'neo4j' })
    return records.map(record => record.get(0))
  } finally {
    await driver.close()
  }
}

test('the Neo4j of this run answers with its password, and with no other', async () => {
  expect(await query(neo4jAuth(), "RETURN 'yes'")).toEqual(['yes'])
  await expect(query({ ...neo4jAuth(), password: 'neo4j' }, 'RETURN 1')).rejects.toMatchObject({
    code: 'Neo.ClientError.Security.Unauthorized',
  })
})

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
