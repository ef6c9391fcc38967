import * as vitest from 'vitest'
import { describeWorldContract } from '../../testing.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { neo4jAuth } from '../support/servers.ts'

async function open(graph: 'plain' | 'indexed') {
  const world = neo4jWorld({ ...neo4jAuth(), graph })
  await world.schema()
  return world
}

describeWorldContract(vitest, { name: 'an indexed world in Neo4j', open: () => open('indexed') })

describeWorldContract(vitest, {
  name: 'a plain world in Neo4j',
  open: () => open('plain'),
  sharedIds: false,
})
