import { Closing } from '../cli/closing.ts'
import { listenForStop } from '../cli/signals.ts'
import { note, print } from '../cli/terminal.ts'
import { keepAwake } from './awake.ts'
import type { Sizes } from './bench.ts'
import { benchmarkNamed, fileFor } from './benchmarks.ts'
import { createReport } from './report.ts'

/** Runs one benchmark, and closes what it opened, also when a signal ends it. */
export async function runBenchmark(
  name: string,
  given: string | undefined,
  flags: Sizes & { json?: boolean },
): Promise<void> {
  const { json = false, ...sizes } = flags
  const { load } = benchmarkNamed(name)
  const file = fileFor(name, given)
  const benchmark = await load()
  const stop = listenForStop()
  const closing = new Closing()
  try {
    const report = createReport({ bench: name, json, print })
    const letSleep = keepAwake()
    await closing.opened('the wakefulness of the processors', async () => letSleep?.())
    report.setting({ 'processors kept awake': letSleep ? 'yes' : 'no' })
    const running = benchmark({ report, say: note, closing, sizes, file }).then(() => report.end())
    running.catch(() => {}) // after a signal, an aborted measurement is not an error
    const signal = await Promise.race([running, stop.requested])
    if (signal) {
      note(`${signal}: stopping`)
      process.exitCode = 130
    }
  } finally {
    for (const problem of await closing.close()) note(`while stopping: ${problem}`)
    stop.release()
  }
}
