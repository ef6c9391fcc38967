import { type ReadonlySignal, signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Figure } from '../../console/figure.ts'
import { getJson } from './get-json.ts'

/** Grows when something was done that the pages should show at once. */
const asked = signal(0)

/** Has every poll ask now. */
export function askAgain(): void {
  asked.value++
}

/**
 * The last answer of a GET of this server, asked again `everyMs` after each answer: with the time it came, and why there is
 * none newer. A page that is not seen does not ask. The answer stays while another URL is asked, so that a table does not
 * flicker when it is sorted; a component that must not show another's answer has a `key`.
 */
export function usePoll<T>(url: string, everyMs = 2_000): ReadonlySignal<Figure<T>> {
  const figure = useSignal<Figure<T>>({ value: null, at: null, error: null })
  const again = asked.value
  const answered = useRef(again)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let stopped = false

    async function ask(): Promise<void> {
      if (!document.hidden) {
        const anew = answered.current < again
        answered.current = again
        const answer = await getJson<T>(url, { anew }).then(
          value => ({ value, at: Date.now(), error: null }),
          (error: Error) => ({ ...figure.peek(), error: error.message }),
        )
        if (stopped) return
        figure.value = answer
      }
      timer = setTimeout(ask, everyMs)
    }
    function seen(): void {
      if (document.hidden || timer === undefined) return
      clearTimeout(timer)
      timer = undefined
      void ask()
    }
    document.addEventListener('visibilitychange', seen)
    void ask()
    return () => {
      stopped = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [url, everyMs, again])
  return figure
}
