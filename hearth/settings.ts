import { createKinds, type Kinds } from '../model/kinds.ts'
import type { TtlOptions } from '../model/ttl-policy.ts'
import type { QueuePlace } from '../queues/connect.ts'
import { defaultPendingMax } from '../queues/pending.ts'
import { createTelemetry, type Telemetry } from '../queues/telemetry.ts'
import { boundedReports } from '../resilience/bounded-reports.ts'
import { defaultTopK, type HearthOptions, queueBeside } from './options.ts'

/** What several parts need of the options, with the configuration and the defaults in it. */
export interface HearthSettings {
  kinds: Kinds
  topK: number
  lives: TtlOptions | undefined
  pendingMax: number
  /** Where the queues are. */
  place: QueuePlace & { onError(error: Error): void }
  telemetry: Telemetry | undefined
  onError(error: Error): void
}

export function settingsOf(options: HearthOptions): HearthSettings {
  const { config = {}, queuePrefix: prefix } = options
  const onError = boundedReports(options.onError ?? (() => {}))
  return {
    kinds: createKinds(options.kinds ?? config.kinds),
    topK: options.topK ?? config.topK ?? defaultTopK,
    lives: options.lives ?? config.lives,
    pendingMax: options.pendingMax ?? defaultPendingMax,
    place: {
      address: options.queue ?? queueBeside(options.cache),
      onError,
      ...(prefix !== undefined && { prefix }),
    },
    telemetry: options.tracing ? createTelemetry() : undefined,
    onError,
  }
}
