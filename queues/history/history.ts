import { chunk, range as numbers, uniq } from 'es-toolkit'
import { type QueueStore, queueAnswered, queueScript } from '../redis.ts'
import { mergeSamples } from './merge.ts'
import { type Sample, sampleOf, textOfSample } from './sample.ts'

/**
 * What is kept, from fine to coarse: a ring of steps each, so that the history has a bound whatever happens: 747 samples
 * of at most 2,000 bytes, 2 MB with all that Redis needs for them; usually a fifth of that.
 */
const rings = [
  { name: '1m', minutes: 1, kept: 121 },
  { name: '5m', minutes: 5, kept: 289 },
  { name: '30m', minutes: 30, kept: 337 },
] as const
type Ring = (typeof rings)[number]

/** What can be asked for, and the steps that it is made from. */
export const historyRanges = {
  '1h': { ring: rings[0], steps: 60 },
  '24h': { ring: rings[1], steps: 288 },
  '7d': { ring: rings[2], steps: 336 },
} as const
export type HistoryRange = keyof typeof historyRanges

/** A history that no scheduler writes any more is removed by itself. Seconds. */
const ttlSeconds = 8 * 24 * 3_600
/** A sample of an earlier minute is taken no more: its place in the ring is another's. */
export const minutesBack = 119
/** Few enough that a script does not keep Redis busy. */
const writtenAtOnce = 40

export type Step = Sample & { /** When it began, in milliseconds since 1970. */ at: number }

const keepSamples = queueScript('keep-samples')

/** The fleet's history, in the queues' Redis. Its methods throw `QueueUnavailable`. */
export function createHistory({ redis, prefix }: QueueStore) {
  const keyOf = ({ name }: Ring) => `${prefix}:history:${name}`
  const fieldOf = ({ kept }: Ring, step: number) => String(step % kept)

  async function readSteps(ring: Ring, wanted: readonly number[]): Promise<Map<number, Sample>> {
    if (wanted.length === 0) return new Map()
    const fields = wanted.map(step => fieldOf(ring, step))
    const texts = await queueAnswered(() => redis.hmget(keyOf(ring), ...fields))
    return new Map(
      wanted.flatMap((step, i) => {
        const sample = sampleIn(texts[i] ?? '', step)
        return sample ? [[step, sample] as const] : []
      }),
    )
  }

  /** Makes the steps of a ring in which these of the finer one are, of all that is there of them. */
  async function rollUp(finer: Ring, coarser: Ring, changed: readonly number[]): Promise<number[]> {
    const parts = coarser.minutes / finer.minutes
    const steps = uniq(changed.map(step => Math.floor(step / parts)))
    const found = await readSteps(
      finer,
      steps.flatMap(step => numbers(step * parts, (step + 1) * parts)),
    )
    const fields = steps.flatMap(step => {
      const samples = numbers(step * parts, (step + 1) * parts).flatMap(part => found.get(part) ?? [])
      if (samples.length === 0) return []
      return [fieldOf(coarser, step), `${step} ${textOfSample(mergeSamples(samples))}`]
    })
    if (fields.length > 0) await queueAnswered(() => redis.hset(keyOf(coarser), ...fields))
    return steps
  }

  return {
    /** Keeps what was seen in each of these minutes (since 1970), unless that is known already. */
    async keep(samples: ReadonlyMap<number, Sample>): Promise<void> {
      const [finest] = rings
      for (const some of chunk([...samples], writtenAtOnce)) {
        const args = some.flatMap(([minute, sample]) => [
          fieldOf(finest, minute),
          minute,
          textOfSample(sample),
        ])
        await keepSamples(redis, [keyOf(finest)], args)
      }
      let changed = [...samples.keys()]
      for (const [i, coarser] of rings.slice(1).entries()) {
        changed = await rollUp(rings[i] ?? finest, coarser, changed)
      }
      const expiring = redis.pipeline()
      for (const ring of rings) expiring.expire(keyOf(ring), ttlSeconds)
      await queueAnswered(expiring.exec())
    },

    /** Which of these minutes are known. */
    async known(minutes: readonly number[]): Promise<Set<number>> {
      return new Set((await readSteps(rings[0], minutes)).keys())
    },

    /** The steps of a range that are known, the oldest first. A step that is missing is known to no process. */
    async read(range: HistoryRange, now = Date.now()): Promise<Step[]> {
      const { ring, steps } = historyRanges[range]
      const stepMs = ring.minutes * 60_000
      const last = Math.floor(now / stepMs)
      const found = await readSteps(ring, numbers(last - steps, last + 1))
      return Array.from(found, ([step, sample]) => ({ at: step * stepMs, ...sample }))
    },
  }
}

export type History = ReturnType<typeof createHistory>

/** Null where the place holds another step. */
function sampleIn(text: string, step: number): Sample | null {
  const start = `${step} `
  return text.startsWith(start) ? sampleOf(text.slice(start.length)) : null
}
