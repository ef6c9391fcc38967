import { distance } from 'fastest-levenshtein'
import { UsageError } from '../cli/failure.ts'
import type { Benchmark } from './bench.ts'

interface Named {
  summary: string
  /** Describes the file that it needs; absent if it needs none. */
  file?: string
  load(): Promise<Benchmark>
}

/** Every benchmark; each one's code is loaded when it runs. */
export const benchmarks: Readonly<Record<string, Named>> = {
  warm: {
    summary: 'a world warmed by its job, against the floor and against common practice',
    load: async () => (await import('./warm.ts')).warm,
  },
  read: {
    summary: 'hits, one by one and a hundred at once, against plain GET and MGET',
    load: async () => (await import('./read.ts')).read,
  },
  miss: {
    summary: 'a cold timeline, against a plain cache that fills on a miss, and against the load alone',
    load: async () => (await import('./miss.ts')).miss,
  },
  near: {
    summary: "reads in the process's memory, while others change entries, against plain GET and MGET",
    load: async () => (await import('./near.ts')).near,
  },
  api: {
    summary: 'the HTTP API at 200 requests a second of mixed use for a minute, while a world is being warmed',
    load: async () => (await import('./api.ts')).api,
  },
  interference: {
    summary: "the game's own writes while a world is warmed, against the same alone",
    load: async () => (await import('./interference.ts')).interference,
  },
  changes: {
    summary:
      'changes: invalidated directly, by jobs, and through the outbox, against UNLINK and plain BullMQ',
    load: async () => (await import('./changes.ts')).changes,
  },
  trace: {
    summary: 'recorded reads replayed at a fixed rate, against a plain cache that fills on a miss',
    file: 'a trace: the key of a read a line, gzipped or not',
    load: async () => (await import('./trace.ts')).trace,
  },
  audit: {
    summary: 'ten minutes of readers, writers and crashes: what audits find, and how they affect the readers',
    load: async () => (await import('./audit.ts')).audit,
  },
  scale: {
    summary: 'rounds, walks and the overview with 100, 1,000 and 10,000 active worlds, and how they grow',
    load: async () => (await import('./scale.ts')).scale,
  },
  append: {
    summary: 'events accepted and flushed, against a transaction an event, a Redis write, and UNWIND batches',
    load: async () => (await import('./append.ts')).append,
  },
}

/** @throws UsageError for an unknown name, with the most similar one */
export function benchmarkNamed(name: string): Named {
  const found = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
  if (found) return found
  const names = Object.keys(benchmarks)
  const [nearest = ''] = names.toSorted((a, b) => distance(a, name) - distance(b, name))
  throw new UsageError(`there is no benchmark ${name}; did you mean ${nearest}? (all: ${names.join(', ')})`)
}

/** @throws UsageError for a file that the benchmark does not need, and without a file that it needs */
export function fileFor(name: string, given: string | undefined): string {
  const { file } = benchmarkNamed(name)
  if (file && given === undefined) throw new UsageError(`${name} needs a file: ${file}`)
  if (!file && given !== undefined) throw new UsageError(`${name} takes no file, and was given ${given}`)
  return given ?? ''
}
