import { groupBy, minBy, sortBy, sum, sumBy } from 'es-toolkit'
import type { Away, Build, Sample } from './sample.ts'

const [maxBuilds, maxAway] = [6, 8]

/**
 * Several steps as one: counts are added, and of what waits or is slow the worst stands, so that one bad minute is seen
 * in a week. What none of them knows is not known; at least one is given.
 */
export function mergeSamples(samples: readonly Sample[]): Sample {
  const total = (of: (one: Sample) => number) => sumBy(samples, of)
  const known = <T>(of: (one: Sample) => T | null): T[] => samples.flatMap(one => of(one) ?? [])
  const outboxes = known(({ outbox }) => outbox)
  const warms = known(({ warm }) => warm)
  const allQueues = known(({ queues }) => queues)
  const allBuilds = samples.flatMap(({ builds }) => (builds ? [builds] : []))
  return {
    minutes: total(({ minutes }) => minutes),
    hits: total(({ hits }) => hits),
    near: total(({ near }) => near),
    misses: total(({ misses }) => misses),
    loads: total(({ loads }) => loads),
    loadMs: total(({ loadMs }) => loadMs),
    sourceMs: greatest(known(({ sourceMs }) => sourceMs)),
    outbox:
      outboxes.length === 0
        ? null
        : {
            pending: Math.max(...outboxes.map(({ pending }) => pending)),
            oldestMs: greatest(outboxes.flatMap(({ oldestMs }) => oldestMs ?? [])),
          },
    queues: allQueues.length === 0 ? null : mergeQueues(allQueues),
    warm:
      warms.length === 0
        ? null
        : {
            present: sum(warms.map(({ present }) => present)),
            expected: sum(warms.map(({ expected }) => expected)),
          },
    builds: allBuilds.length === 0 ? null : mergeBuilds(allBuilds.flat()),
    away: mergeAway(samples.flatMap(({ away }) => away)),
  }
}

const greatest = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.max(...values)

type Queues = NonNullable<Sample['queues']>

function mergeQueues(all: readonly Queues[]): Queues {
  const merged: Queues = {}
  for (const [name, { waiting, failed }] of all.flatMap(queues => Object.entries(queues))) {
    const before = merged[name] ?? { waiting: 0, failed: 0 }
    merged[name] = {
      waiting: Math.max(before.waiting, waiting),
      failed: Math.max(before.failed, failed),
    }
  }
  return merged
}

/** Each version and configuration once, since its first process began; the newest of too many. */
export function mergeBuilds(builds: readonly Build[]): Build[] {
  const alike = Object.values(groupBy(builds, ({ version, config }) => `${version} ${config}`))
  const merged = alike.flatMap(same => minBy(same, ({ since }) => since ?? Number.MAX_SAFE_INTEGER) ?? [])
  return sortBy(merged, [({ since }) => since ?? 0]).slice(-maxBuilds)
}

/** What touches is one outage; the longest of too many. */
export function mergeAway(outages: readonly Away[]): Away[] {
  const merged: Away[] = []
  for (const outage of sortBy(outages, ['server', 'from'])) {
    const before = merged.at(-1)
    if (before && before.server === outage.server && outage.from <= before.until)
      before.until = Math.max(before.until, outage.until)
    else merged.push({ ...outage })
  }
  const longest = sortBy(merged, [({ from, until }) => from - until]).slice(0, maxAway)
  return sortBy(longest, ['from', 'server'])
}
