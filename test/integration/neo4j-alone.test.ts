import { afterAll, beforeAll } from 'vitest'
import { type StartedNeo4j, startNeo4j } from '../../tools/servers/neo4j.ts'
import { describeOverburdenedFlush } from './neo4j-alone/overburdened-flush.ts'
import { describeSchema } from './neo4j-alone/schema.ts'
import { describeWithoutIndexes } from './neo4j-alone/without-indexes.ts'

/**
 * A separate Neo4j, because constraints, indexes and limits belong to the whole database, and here there are no indexes
 * at first. One for all of these, in this order, because its start costs as much as all of its queries.
 */
let server: StartedNeo4j
beforeAll(async () => {
  const settings = ['db.memory.transaction.max=12m'] // enough for each batch of the contract
  server = await startNeo4j({ isolated: true, settings, say: line => console.log(`[servers] ${line}`) })
})
afterAll(() => server?.stop())

describeWithoutIndexes(() => server)
describeSchema(() => server)
describeOverburdenedFlush(() => server)
