import { SingleBar } from 'cli-progress'
import { count, shown as shownText } from './terminal.ts'

/** How far something has come, shown to a person. */
export interface ProgressDisplay {
  /** `total` may grow on the way, when the work is counted while it is done. */
  show(progress: { done: number; total: number }): void
  /** Leaves the terminal as it was. Safe twice. */
  end(): void
}

/**
 * A bar on a terminal; elsewhere (a log, a pipe) one line for each 10 %.
 * @param what is done, like `warming demo`
 * @param unit what is counted, like `entries`
 */
export function showProgress(
  what: string,
  unit: string,
  stream: NodeJS.WriteStream = process.stdout,
): ProgressDisplay {
  return (stream.isTTY ? bar : lines)(shownText(what), unit, stream)
}

function bar(what: string, unit: string, stream: NodeJS.WriteStream): ProgressDisplay {
  const shown = new SingleBar({
    format: `{what} [{bar}] {percentage} % | {value} of {total} ${unit}`,
    formatValue: (value, _options, type) => (type === 'percentage' ? String(value) : count(value)),
    stream,
    barsize: 30,
    hideCursor: null, // so that nothing has to be restored when we are killed
  })
  let started = false
  return {
    show({ done, total }) {
      if (!started) shown.start(total, done, { what })
      started = true
      shown.setTotal(total)
      shown.update(done)
    },
    end() {
      if (started) shown.stop()
      started = false
    },
  }
}

function lines(what: string, unit: string, stream: NodeJS.WriteStream): ProgressDisplay {
  let shownTenths = 0
  return {
    show({ done, total }) {
      const tenths = total === 0 ? 10 : Math.floor((done / total) * 10)
      if (tenths <= shownTenths) return
      shownTenths = tenths
      stream.write(`${what}: ${tenths * 10} % (${count(done)} of ${count(total)} ${unit})\n`)
    },
    end() {},
  }
}
