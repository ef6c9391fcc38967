// A backend that commits changes to Neo4j, each recorded in its transaction, and does nothing else, to be killed by the
// test.
import neo4j from 'neo4j-driver'
import { recordChanges } from '../../index.ts'

const [uri = '', user = '', password = '', worldId = '', count = '0'] = process.argv.slice(2)
const driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
const session = driver.session()
for (let i = 0; i < Number(count); i++) {
  const id = `c${i}`
  await session.executeWrite(async tx => {
    await tx.run('MATCH (:World {world_id: $worldId})-->(c:Character {character_id: $id}) SET c.n = 1', {
      worldId,
      id,
    })
    await recordChanges(tx, worldId, [{ kind: 'entity-updated', type: 'character', id }])
  })
}
process.send?.('committed')
setInterval(() => {}, 1_000)
