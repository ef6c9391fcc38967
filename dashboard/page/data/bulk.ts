import { confirmed } from '../parts/confirm.tsx'
import { follow, operate, type Sent, send, track } from './operations.ts'
import { paceOf } from './pace.ts'
import { askAgain } from './poll.ts'
import { count, duration } from './words.ts'

/** One request of several. */
export interface BulkRequest extends Sent {
  /** To what it is done: a world's id. */
  name: string
}

export interface Bulk {
  /** What the button that does it says. */
  doIt: string
  /** To what, in words: `12 worlds`. */
  subject: string
  /** What will happen, in a sentence. */
  text: string
  requests: readonly BulkRequest[]
}

/** Requests, with the jobs that they begin, that are under way at a time: the source has to bear what they load. */
const inFlight = 4

/** Asks once whether it is meant, does it to one after the other, and shows how far it is and what failed. */
export async function operateMany({ doIt, subject, text, requests }: Bulk): Promise<void> {
  const [only, ...others] = requests
  if (!only) return
  if (others.length === 0) return operate({ doIt, subject, text, ...only })
  if (!(await confirmed({ title: `${doIt} ${subject}?`, text, doIt }))) return
  const change = track(`${doIt.toLowerCase()} ${subject}`)
  const begun = performance.now()
  const failed: string[] = []
  let done = 0
  const next = [...requests]

  function show(): void {
    change({
      progress: { done, total: requests.length },
      state: paceOf(done, requests.length, performance.now() - begun),
    })
  }
  async function work(): Promise<void> {
    for (let request = next.shift(); request; request = next.shift()) {
      const { name } = request
      await doOne(request).catch((error: Error) => failed.push(`${name}: ${error.message}`))
      done += 1
      show()
    }
  }

  show()
  await Promise.all(Array.from({ length: inFlight }, work))
  const well = requests.length - failed.length
  const took = duration(performance.now() - begun)
  const [first] = failed
  change(
    first === undefined
      ? { state: `done: ${count(well)} in ${took}` }
      : { hasFailed: true, state: `${count(well)} done, ${count(failed.length)} failed: ${first}` },
  )
  askAgain()
}

/** Until all of its jobs have ended. */
async function doOne(request: BulkRequest): Promise<void> {
  const { jobs } = await send(request)
  for (const job of jobs) await follow(job, () => {})
}
