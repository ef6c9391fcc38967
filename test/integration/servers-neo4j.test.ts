import { expect, test } from 'vitest'
import { query } from '../support/neo4j-query.ts'
import { neo4jAuth } from '../support/servers.ts'

test('the Neo4j of this run answers with its password, and with no other', async () => {
  expect(await query(neo4jAuth(), "RETURN 'yes'")).toEqual(['yes'])
  await expect(query({ ...neo4jAuth(), password: 'neo4j' }, 'RETURN 1')).rejects.toMatchObject({
    code: 'Neo.ClientError.Security.Unauthorized',
  })
})
