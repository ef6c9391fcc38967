import { distance } from 'fastest-levenshtein'
import { UsageError } from '../cli/failure.ts'
import type { Benchmark } from './bench.ts'

interface Named {
  summary: string
  load(): Promise<Benchmark>
}

/** Every benchmark; each one's code is loaded when it runs. */
export const benchmarks: Readonly<Record<string, Named>> = {
  warm: {
    summary: 'a world warmed by its job, against the raw floor and against what people write today',
    load: async () => (await import('./warm.ts')).warm,
  },
  read: {
    summary: 'hits, one by one and a hundred at once, against plain GET and MGET',
    load: async () => (await import('./read.ts')).read,
  },
  changes: {
    summary:
      'changes seen at once, made sure of by jobs, recorded and relayed, against UNLINK and plain BullMQ',
    load: async () => (await import('./changes.ts')).changes,
  },
}

/** @throws UsageError for a name that no benchmark has, with the nearest that one has */
export function benchmarkNamed(name: string): Named {
  const found = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
  if (found) return found
  const names = Object.keys(benchmarks)
  const [nearest = ''] = names.toSorted((a, b) => distance(a, name) - distance(b, name))
  throw new UsageError(`there is no benchmark ${name}; did you mean ${nearest}? (all: ${names.join(', ')})`)
}
