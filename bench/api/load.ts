import { atRate } from '../at-rate.ts'

/** How long each request took, in milliseconds, and how many got an error or no answer. */
export interface Answers {
  took: number[]
  failed: number
}

export interface Load {
  perSecond: number
  seconds: number
  /** Makes the request with this number. */
  send(n: number): Promise<Response>
}

/** Sends requests at a fixed rate, whether or not earlier ones were answered. */
export async function sendAtRate({ perSecond, seconds, send }: Load): Promise<Answers> {
  let failed = 0
  const took = await atRate({
    perSecond,
    seconds,
    async act(n) {
      const answer = await send(n).catch(() => undefined)
      await answer?.arrayBuffer()
      if (!answer?.ok) failed += 1
    },
  })
  return { took, failed }
}
