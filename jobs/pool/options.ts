import { keyBy, mapValues } from 'es-toolkit'
import * as o from '../../model/options.ts'
import type { QueueAddress, QueuePlace } from '../../queues/connect.ts'
import type { AuditObserver } from '../audit/payload.ts'
import type { JobDeps } from '../deps.ts'
import type { DrainOptions } from '../flush/drain.ts'
import type { FlushResult } from '../flush/payload.ts'
import { queues } from '../queues.ts'
import type { WatchdogOptions } from './watchdog.ts'

export interface PoolOptions extends QueuePlace {
  deps: JobDeps
  /** How many jobs of a queue run at a time in this process, by queue. Default: what the queue says. */
  concurrency?: Readonly<Record<string, number>>
  /** After how long what differs is looked at again; it is reported at the last of them. Growing, in milliseconds. */
  auditAgesMs?: readonly number[]
  /** Is called with what audits come to. */
  onAudit?: AuditObserver
  /** Is called with what each batch of pending events came to. */
  onFlushed?(result: FlushResult): void
  /** When a worker that takes no jobs is replaced. */
  watchdog?: Pick<WatchdogOptions, 'stuckMs' | 'everyMs'>
  /** When pending events are written to the source without a job. */
  drain?: Pick<DrainOptions, 'stuckMs' | 'everyMs'>
  onFinished?(queue: string, outcome: 'completed' | 'failed', seconds: number): void
  onError?(error: Error): void
}

/** A handful of waiting jobs for each of a machine's cores; each is a Promise in this process. */
const concurrency = () => o.whole([1, 1_000])
const weekMs = 7 * 24 * 60 * 60 * 1_000

function areAges(given: unknown): boolean {
  if (!Array.isArray(given) || given.length === 0 || given.length > 10) return false
  return given.every((age, i) => Number.isInteger(age) && age > (given[i - 1] ?? 0) && age <= weekMs)
}

const deps = ['cache', 'world', 'loads', 'urgent', 'pending', 'producer']

const shape = {
  address: o.required<QueueAddress>(o.serverRule, o.isServer),
  prefix: o.prefix(),
  deps: o.required<JobDeps>('what hearth.jobDeps() returns', given => {
    return o.isObject(given) && deps.every(name => o.isObject(given[name]))
  }),
  concurrency: o.group(
    mapValues(
      keyBy(queues, ({ name }) => name),
      concurrency,
    ),
  ),
  auditAgesMs: o.option<readonly number[]>(
    'a list of up to 10 whole numbers of milliseconds, each larger than the one before',
    areAges,
  ),
  onAudit: o.option<AuditObserver>('an object of the functions of an AuditObserver', given => {
    return o.isObject(given) && ['checked', 'inconsistent', 'found'].every(name => o.isFunction(given[name]))
  }),
  onFlushed: o.callback(),
  watchdog: o.group({ stuckMs: o.ms(), everyMs: o.ms() }),
  drain: o.group({ stuckMs: o.ms(), everyMs: o.ms() }),
  onFinished: o.callback(),
  onError: o.callback(),
} satisfies Record<keyof PoolOptions, unknown>

/** Throws `InvalidConfig`, which lists every problem. */
export function checkPoolOptions(options: PoolOptions): void {
  o.checkOptions('startPool', options, shape)
}
