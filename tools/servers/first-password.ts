import { setTimeout as pause } from 'node:timers/promises'
import neo4j, { type Driver, Neo4jError } from 'neo4j-driver'
import { HearthError } from '../../model/errors.ts'

export interface FirstPasswordOptions {
  /** Of one server: bolt://host:port. */
  uri: string
  /** The new password of the user `neo4j`; at least 8 characters. */
  password: string
  /** How long to wait for the server to answer, in ms. */
  timeoutMs: number
  /** Ends the waiting early. */
  signal?: AbortSignal
}

const askEveryMs = 100

/**
 * Sets the password of a new Neo4j, and waits until a query with it is answered. If it is set already, it only waits.
 * @throws HearthError `WorldUnavailable` if it does not answer in time, or has another password
 */
export async function setFirstPassword(options: FirstPasswordOptions): Promise<void> {
  const { uri, password, timeoutMs, signal } = options
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      await change(uri, password)
      await using(uri, password, driver => driver.executeQuery('RETURN 1', {}, { database: 'neo4j' }))
      return
    } catch (error) {
      const passing = !isUnauthorized(error) && !signal?.aborted && Date.now() < deadline
      if (!passing)
        throw new HearthError('WorldUnavailable', `Neo4j at ${uri} did not answer`, { cause: error })
      await pause(askEveryMs)
    }
  }
}

/** Refused if the first password was changed already; the next query shows whether to ours. */
async function change(uri: string, password: string): Promise<void> {
  const alter = "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password"
  try {
    await using(uri, 'neo4j', driver => driver.executeQuery(alter, { password }, { database: 'system' }))
  } catch (error) {
    if (!isUnauthorized(error)) throw error
  }
}

async function using<T>(uri: string, password: string, work: (driver: Driver) => Promise<T>): Promise<T> {
  const options = { connectionTimeout: 2_000, maxTransactionRetryTime: 0, telemetryDisabled: true }
  const driver = neo4j.driver(uri, neo4j.auth.basic('neo4j', password), options)
  try {
    return await work(driver)
  } finally {
    await driver.close()
  }
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof Neo4jError && error.code === 'Neo.ClientError.Security.Unauthorized'
}
