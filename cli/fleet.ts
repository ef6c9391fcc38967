import { groupBy, maxBy } from 'es-toolkit'
import { differencesOf, digestOf } from '../config/fingerprint.ts'
import { createOperations, type Operations, type ProcessRow } from '../jobs/operations.ts'
import type { Member } from '../queues/member.ts'
import { type Fleet, readFleet } from '../queues/read-fleet.ts'
import { queuePlace, type RedisConfig } from './connect.ts'

/** What operators do, with the fleet's processes, which are compared as the configuration compares itself. */
export const operationsOf = (
  parts: Parameters<typeof createOperations>[0],
  config: RedisConfig,
): Operations =>
  createOperations(parts, {
    popularityHalfLifeMs: config.popularityHalfLifeMs,
    processes: async () => processRows(await readFleet(queuePlace(config))),
  })

/** Processes beside what most of them have; then those that were lost lately. */
export function processRows({ members, lost }: Fleet): ProcessRow[] {
  const alike = Object.values(groupBy(members, ({ fingerprint }) => JSON.stringify(fingerprint)))
  const usual = maxBy(alike, same => same.length)?.[0]?.fingerprint
  const rowOf = (member: Member, lostAt: number | null): ProcessRow => {
    const { name, by, since = null, version = null, fingerprint, status = null } = member
    const differences = usual ? differencesOf(usual, fingerprint) : []
    return { name, by, since, lostAt, version, config: digestOf(fingerprint), differences, status }
  }
  return [...members.map(member => rowOf(member, null)), ...lost.map(member => rowOf(member, member.lostAt))]
}
