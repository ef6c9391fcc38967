import { range as numbers } from 'es-toolkit'
import type { createFleetReader, Minute } from '../fleet-counts.ts'
import { type History, minutesBack } from './history.ts'
import { countedSample, type Gauges, type Sample, unseen } from './sample.ts'
import type { ServerWatch } from './server-watch.ts'

export interface RecorderDeps {
  history: History
  /** What the fleet counted, minute by minute. */
  counts: Pick<ReturnType<typeof createFleetReader>, 'minutes'>
  watch: Pick<ServerWatch, 'awayIn' | 'sourceMsIn'>
  /** Looks at what has no past. What cannot be asked for is null; it never rejects. */
  look(): Promise<Gauges>
  /** Whether this process is the one that records. */
  leads(): boolean
  onError(error: Error): void
  /** How often it is seen whether a minute is over. Milliseconds, default 10,000. */
  everyMs?: number
}

/** Processes add what they counted every two seconds, so a minute is whole so long after its end. Milliseconds. */
const wholeAfterMs = 5_000

/**
 * Records each minute when it is over. Of minutes in which no process recorded, what the fleet counted and which servers
 * were away is made up for, for two hours; what had to be looked at then stays unknown.
 */
export function createRecorder({ history, counts, watch, look, leads, onError, everyMs }: RecorderDeps) {
  let recorded = 0
  let recording: Promise<void> | undefined

  async function record(now = Date.now()): Promise<void> {
    const minute = Math.floor((now - wholeAfterMs) / 60_000) - 1
    if (minute === recorded) return
    const known = await history.known(numbers(minute - minutesBack, minute + 1))
    const missing = (await counts.minutes(minutesBack + 1, now)).filter(
      one => one.minute <= minute && !known.has(one.minute),
    )
    const isMissing = missing.some(one => one.minute === minute)
    const gauges = isMissing ? await look() : unseen
    const samples = missing
      .map(one => [one.minute, sampleFrom(one, one.minute === minute ? gauges : unseen)] as const)
      .filter(([of, sample]) => of === minute || tells(sample))
    if (samples.length > 0) await history.keep(new Map(samples))
    recorded = minute
  }

  const sampleFrom = (counted: Minute, gauges: Gauges): Sample => ({
    ...countedSample(counted),
    ...gauges,
    sourceMs: watch.sourceMsIn(counted.minute),
    away: watch.awayIn(counted.minute),
  })

  function recordIfOurs(): void {
    if (!leads() || recording) return
    recording = record()
      .catch(onError)
      .finally(() => {
        recording = undefined
      })
  }
  const timer = setInterval(recordIfOurs, everyMs ?? 10_000).unref()

  return {
    /** Records the last minute that is over, if it is not known yet. */
    record,
    async close(): Promise<void> {
      clearInterval(timer)
      await recording
    },
  }
}

/** Whether anything is known of a minute that was not recorded in its time. */
const tells = ({ hits, misses, loads, sourceMs, away }: Sample): boolean =>
  hits + misses + loads > 0 || sourceMs !== null || away.length > 0
