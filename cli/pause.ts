import { noSuchQueue } from './jobs.ts'
import { print } from './terminal.ts'
import { type Flags, withHearth } from './with-hearth.ts'

/** `hearth pause` and `hearth resume`. */
export const setPaused = (queue: string, isPaused: boolean, flags: Flags): Promise<void> =>
  withHearth(flags, {}, async opened => {
    if (!(await opened.operations.setPaused({ queue, isPaused }))) noSuchQueue(queue, opened)
    print(
      isPaused
        ? `The queue ${queue} is paused: it takes jobs and gives out none. \`hearth resume ${queue}\` ends that.`
        : `The queue ${queue} gives out its jobs.`,
    )
  })
