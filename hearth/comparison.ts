import { omit } from 'es-toolkit'
import {
  type Deciding,
  differencesOf,
  type Fingerprint,
  fingerprintOf,
  type PartDifference,
} from '../config/fingerprint.ts'
import { packageVersion } from '../config/package-version.ts'
import { HearthError } from '../model/errors.ts'
import { createFleetMembers, type FleetMembers } from '../queues/fleet-members.ts'
import type { Member } from '../queues/member.ts'
import type { StorePlace } from '../queues/redis.ts'
import type { World } from '../world/world.ts'

/** Processes that all differ in the same way from this one in what decides about cached values. */
export interface Differing {
  /** Like `worker host:123`. */
  processes: string[]
  differences: PartDifference[]
  /** The same as a sentence. */
  text: string
}

/** This process beside the others of its fleet. */
export interface Comparison {
  /** The processes that differ, as far as is known; what was known stays while the queues' Redis is away. */
  differing(): readonly Differing[]
  /** How many processes there are, with this one. */
  count(): number
  /** What the others see of how this process is. */
  report: FleetMembers['report']
  close(): Promise<void>
}

interface Compared {
  processName?: string | false
  world: Pick<World, 'decides'>
  onDiffering?(differing: Differing | null): void
}

/** Undefined where this process takes no part in that. */
export function compareWithFleet(
  options: Compared,
  {
    place,
    onError,
    ...deciding
  }: Omit<Deciding, 'world'> & { place: StorePlace; onError(error: Error): void },
): Comparison | undefined {
  const { processName: name = 'backend', world } = options
  const {
    onDiffering = differing => differing && onError(new HearthError('InvalidConfig', differing.text)),
  } = options
  if (name === false) return undefined
  const fingerprint = fingerprintOf({ ...deciding, world: world.decides })
  return createComparison({ place, name, fingerprint, onDiffering })
}

interface ComparisonOptions {
  place: StorePlace
  /** What the others call this process. */
  name: string
  fingerprint: Fingerprint
  /** Is called once for each way in which others differ, and with `null` when none does any more. */
  onDiffering(differing: Differing | null): void
  /** Milliseconds, default 5,000. */
  everyMs?: number
}

export function createComparison(options: ComparisonOptions): Comparison {
  const { place, name, fingerprint, onDiffering, everyMs } = options
  let known = new Map<string, Differing>()
  let count = 1
  const members = createFleetMembers({
    ...omit(place, ['onError']), // the queues' own connection reports that it is away
    ...(everyMs !== undefined && { everyMs }),
    me: { name, fingerprint, version: packageVersion() },
    onOthers(others) {
      count = others.length + 1
      const before = known
      known = differingOf(fingerprint, others)
      for (const [way, differing] of known) if (!before.has(way)) onDiffering(differing)
      if (before.size > 0 && known.size === 0) onDiffering(null)
    },
  })
  return {
    differing: () => [...known.values()],
    count: () => count,
    report: members.report,
    close: members.close,
  }
}

/** By the way in which they differ. */
function differingOf(here: Fingerprint, others: readonly Member[]): Map<string, Differing> {
  const found = new Map<string, { differences: PartDifference[]; processes: string[] }>()
  for (const { name, by, fingerprint } of others) {
    const differences = differencesOf(here, fingerprint)
    if (differences.length === 0) continue
    const way = JSON.stringify(differences)
    const { processes } = found.get(way) ?? { processes: [] }
    found.set(way, { differences, processes: [...processes, `${name} ${by}`].sort() })
  }
  return new Map(
    [...found].map(([way, differing]) => [way, { ...differing, text: sentenceOf(differing) }] as const),
  )
}

const maxNamed = 5

function sentenceOf({ processes, differences }: Omit<Differing, 'text'>): string {
  const more = processes.length - maxNamed
  const named = [...processes.slice(0, maxNamed), ...(more > 0 ? [`${more} more`] : [])].join(', ')
  const verb = processes.length === 1 ? 'differs' : 'differ'
  const parts = differences.map(
    ({ part, here, there }) => `${part} is ${there ?? 'missing'} there and ${here ?? 'missing'} here`,
  )
  return `${named} ${verb} from this process in what decides about cached values: ${parts.join('; ')}`
}
