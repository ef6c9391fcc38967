import { createKinds } from '../model/kinds.ts'
import { defaultPendingMax } from '../queues/pending.ts'
import { createTelemetry } from '../queues/telemetry.ts'
import { boundedReports } from '../resilience/bounded-reports.ts'
import { defaultTopK, type HearthOptions } from './options.ts'

/** What several parts need of the options, with the configuration and the defaults in it. */
export function settingsOf(options: HearthOptions) {
  const { config = {}, queuePrefix: prefix } = options
  const onError = boundedReports(options.onError ?? (() => {}))
  return {
    kinds: createKinds(options.kinds ?? config.kinds),
    topK: options.topK ?? config.topK ?? defaultTopK,
    lives: options.lives ?? config.lives,
    pendingMax: options.pendingMax ?? defaultPendingMax,
    /** Where the queues are. */
    place: {
      address: options.queue ?? options.cache,
      onError,
      ...(prefix !== undefined && { prefix }),
    },
    telemetry: options.tracing ? createTelemetry() : undefined,
    onError,
  }
}

export type HearthSettings = ReturnType<typeof settingsOf>
