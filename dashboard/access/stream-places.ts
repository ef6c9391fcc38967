import type { PassThrough } from 'node:stream'
import { RequestProblem } from '../problem.ts'

/** How many streams may be open at the same time. */
export interface StreamBounds {
  /** Of one caller: a token, or an address without one. */
  perCaller: number
  /** Of this process. */
  inAll: number
}

/** More pages than people have open; each costs a connection and, once a second, a few kilobytes. */
const usual: StreamBounds = { perCaller: 50, inAll: 500 }
/** When a place may be free. Seconds. */
const retryAfterS = 10

/** Bounds the open streams, so that pages without a reader do not take a process's connections and memory. */
export function createStreamPlaces({ perCaller, inAll } = usual) {
  const taken = new Map<string, number>()
  let all = 0

  function refuseBeyond(caller: string): void {
    const own = taken.get(caller) ?? 0
    if (own < perCaller && all < inAll) return
    const bound = own < perCaller ? `${inAll} streams of this process` : `${perCaller} streams of this token`
    throw new RequestProblem('TooManyRequests', `${bound} are open; close a page, or ask without a stream`, {
      retryAfterS,
    })
  }

  return {
    /** Opens a stream, which has its place until it is closed. Throws `TooManyRequests`. */
    open(caller: string, open: () => PassThrough): PassThrough {
      refuseBeyond(caller)
      const stream = open()
      taken.set(caller, (taken.get(caller) ?? 0) + 1)
      all++
      stream.once('close', () => {
        const left = (taken.get(caller) ?? 0) - 1
        if (left > 0) taken.set(caller, left)
        else taken.delete(caller)
        all--
      })
      return stream
    },
  }
}
