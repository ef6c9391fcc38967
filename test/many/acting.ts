import type { GameMessage, Progress } from './messages.ts'

interface ActingDeps<Status> {
  /** What is reported, as it is before anything has been done. */
  freshStatus(): Status
  /** Begins what is done until `running` is false; resolves when it has ended. */
  act(): Promise<unknown>
  /** Looks for what was lost. */
  compare(): Promise<void>
}

/** A process of `npm run test:many` that does what messages say, and reports what it sees. */
export interface Acting<Status> {
  readonly status: Status & Progress
  readonly running: boolean
  /** Whether half of the registers are not written any more. */
  readonly holds: boolean
  /** From now on messages are heard, and reports sent every 100 ms. */
  begin(): void
}

export function createActing<Status>({ freshStatus, act, compare }: ActingDeps<Status>): Acting<Status> {
  const statusOf = (run: number) => ({ ...freshStatus(), run, rests: false, hasCompared: false })
  const acting = { status: statusOf(0), running: false, holds: false, begin }
  let ended: Promise<unknown> = Promise.resolve()

  const hear: Record<GameMessage, () => Promise<void> | void> = {
    start() {
      Object.assign(acting, { status: statusOf(acting.status.run + 1), running: true, holds: false })
      ended = act()
    },
    hold() {
      acting.holds = true
    },
    async rest() {
      acting.running = false
      await ended
      acting.status.rests = true
    },
    async compare() {
      await compare()
      acting.status.hasCompared = true
    },
  }
  const report = () => void process.send?.(acting.status)

  function begin(): void {
    process.on('message', (message: GameMessage) => hear[message]())
    report()
    setInterval(report, 100)
  }
  return acting
}
