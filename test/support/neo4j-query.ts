import neo4j from 'neo4j-driver'

interface Auth {
  uri: string
  user: string
  password: string
}

/** The first column of what the query returns, over a connection of its own. */
export async function query(auth: Auth, cypher: string): Promise<unknown[]> {
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
