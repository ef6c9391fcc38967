import { neo4jWorld } from '../../world/neo4j/world.ts'
import { neo4jAuth } from '../support/servers.ts'
import { describeWorldContract } from '../support/world-contract.ts'

describeWorldContract('an indexed world in Neo4j', async () => {
  const world = neo4jWorld(neo4jAuth())
  await world.schema()
  return world
})

describeWorldContract(
  'a plain world in Neo4j',
  async () => {
    const world = neo4jWorld({ ...neo4jAuth(), graph: 'plain' })
    await world.schema()
    return world
  },
  { sharedIds: false },
)
