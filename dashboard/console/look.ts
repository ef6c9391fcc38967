import { asError } from '../../model/errors.ts'
import { within } from '../../resilience/within.ts'

/** What a source answered last, and whether it answers now. */
export interface Known<T> {
  /** Its last answer; undefined where it has never answered. */
  value: T | undefined
  /** When that came, in ms since 1970. */
  at: number | null
  /** Why it has nothing newer; undefined where `value` is as new as it is meant to be. */
  error: Error | undefined
}

/** One that is under way. */
interface Question {
  since: number
  answer: Promise<void>
}

export type Look<T> = ReturnType<typeof createLook<T>>

/** Longer than this no answer is waited for: the connection may have died without a word. Milliseconds. */
const givenUpMs = 10_000

/**
 * One question at a time: while an answer is overdue, no other is asked, and what is known is answered at once.
 * @param limits in milliseconds. `limitMs`: how long a source may take; after that its last answer has to do. `everyMs`: how
 *   often it is asked at most, while it answers.
 */
export function createLook<T>(
  ask: () => Promise<T>,
  { limitMs = 1_000, everyMs = 0 }: { limitMs?: number; everyMs?: number } = {},
) {
  const known: Known<T> = { value: undefined, at: null, error: undefined }
  let asking: Question | undefined
  let answeredAt = Number.NEGATIVE_INFINITY

  function begin(): Question {
    const begun = { since: performance.now(), answer: Promise.resolve() }
    const isOurs = () => asking === begun
    begun.answer = ask().then(
      value => {
        if (!isOurs()) return
        Object.assign(known, { value, at: Date.now(), error: undefined })
        answeredAt = performance.now()
        asking = undefined
      },
      (error: unknown) => {
        if (!isOurs()) return
        known.error = asError(error)
        answeredAt = Number.NEGATIVE_INFINITY
        asking = undefined
      },
    )
    return begun
  }

  async function inTime({ since, answer }: Question): Promise<void> {
    const leftMs = Math.max(0, since + limitMs - performance.now())
    const late = () => new Error(`no answer within ${limitMs} ms`)
    await within(leftMs, answer, late).catch((error: Error) => {
      known.error = error
      answeredAt = Number.NEGATIVE_INFINITY
    })
  }

  return {
    /** What is known, without asking. */
    last: (): Known<T> => ({ ...known }),
    /**
     * Asks it, and never takes longer than its limit. `anew`: by a question that begins now, however new the last answer
     * is; while another is under way, after that.
     */
    async ask({ anew = false }: { anew?: boolean | undefined } = {}): Promise<Known<T>> {
      if (anew && asking) await inTime(asking)
      if (!anew && !asking && performance.now() - answeredAt < everyMs) return { ...known }
      if (!asking || performance.now() - asking.since > givenUpMs) asking = begin()
      await inTime(asking)
      return { ...known }
    },
  }
}
