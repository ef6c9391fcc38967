import { afterAll, beforeAll } from 'vitest'
import { type StartedNeo4j, startNeo4j } from '../../tools/servers/neo4j.ts'
import { testOutboxIndex } from './neo4j-alone/outbox-index.ts'
import { testRefusedLine } from './neo4j-alone/refused-line.ts'
import { describeSchema } from './neo4j-alone/schema.ts'
import { describeWithoutIndexes } from './neo4j-alone/without-indexes.ts'

/**
 * A separate Neo4j, because constraints and indexes belong to the whole database. One for all that changes them:
 * its start costs 8 s of CPU, and after each such change Neo4j plans each query again, which takes it up to two seconds.
 */
let server: StartedNeo4j
beforeAll(async () => {
  server = await startNeo4j({ isolated: true, say: line => console.log(`[servers] ${line}`) })
})
afterAll(() => server?.stop())

describeWithoutIndexes(() => server) // which are there from the schema on
describeSchema(() => server)
testOutboxIndex(() => server)
testRefusedLine(() => server)
