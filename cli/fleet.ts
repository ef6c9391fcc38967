import { groupBy, maxBy } from 'es-toolkit'
import { differencesOf } from '../config/fingerprint.ts'
import { createOperations, type Operations, type ProcessRow } from '../jobs/operations.ts'
import { type Member, readMembers } from '../queues/fleet-members.ts'
import { queuePlace, type RedisConfig } from './connect.ts'

/** What operators do, with the fleet's processes, which are compared as the configuration compares itself. */
export const operationsOf = (
  parts: Parameters<typeof createOperations>[0],
  config: RedisConfig,
): Operations =>
  createOperations(parts, {
    popularityHalfLifeMs: config.popularityHalfLifeMs,
    processes: async () => processRows(await readMembers(queuePlace(config))),
  })

/** Processes beside what most of them have. */
export function processRows(members: readonly Member[]): ProcessRow[] {
  const alike = Object.values(groupBy(members, ({ fingerprint }) => JSON.stringify(fingerprint)))
  const usual = maxBy(alike, same => same.length)?.[0]?.fingerprint ?? {}
  return members.map(({ name, by, since = null, fingerprint }) => {
    return { name, by, since, differences: differencesOf(usual, fingerprint) }
  })
}
