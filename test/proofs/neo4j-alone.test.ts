import { afterAll, beforeAll } from 'vitest'
import { type StartedNeo4j, startNeo4j } from '../../tools/servers/neo4j.ts'
import { describeManyOutboxNodes } from './neo4j-alone/many-outbox-nodes.ts'
import { describeOverburdenedFlush } from './neo4j-alone/overburdened-flush.ts'

/** A separate Neo4j, because limits and indexes belong to the whole database. */
let server: StartedNeo4j
beforeAll(async () => {
  const settings = ['db.memory.transaction.max=12m']
  server = await startNeo4j({ isolated: true, settings, say: line => console.log(`[servers] ${line}`) })
})
afterAll(() => server?.stop())

describeOverburdenedFlush(() => server)
describeManyOutboxNodes(() => server)
