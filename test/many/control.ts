import { Redis } from 'ioredis'
import type { Span } from './messages.ts'

/** How often a server is asked that no fault touches, and the answer that shows that the machine is busy. Milliseconds. */
const everyMs = 20
const lateMs = 20

/** Calls `onLate` with each time in which a Redis that no fault touches, or this process itself, was late. */
export function watchMachine(url: string, onLate: (span: Span) => void): void {
  const untouched = new Redis(url)
  let dueAt = Date.now()
  const ask = async () => {
    await untouched.ping().catch(() => {})
    const now = Date.now()
    if (now - dueAt > lateMs) onLate({ from: dueAt, to: now })
    dueAt = now + everyMs
    setTimeout(ask, everyMs)
  }
  void ask()
}
