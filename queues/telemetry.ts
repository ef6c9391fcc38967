import { context, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import { SpanKind, type Telemetry, TelemetryAttributes } from 'bullmq'
import { BullMQOTelSpan, BullMQOtel } from 'bullmq-otel'
import { noteFailure, tracer } from '../telemetry/tracing.ts'

export type { Telemetry } from 'bullmq'

/**
 * For BullMQ's queues and workers: spans of their own, and the trace of a job's producer goes with the job. It is
 * bullmq-otel's, without what that would report of a job's result and errors, and without what no trace asked for.
 */
export function createTelemetry(): Telemetry {
  const { contextManager } = new BullMQOtel()
  return {
    contextManager: Object.assign(contextManager, { root: () => ROOT_CONTEXT }),
    tracer: {
      startSpan(name, options, parent = context.active()) {
        // What a worker does for itself every few seconds (looks for stalled jobs, extends locks) is in no trace.
        if (options?.kind === SpanKind.INTERNAL && !trace.getSpan(parent)) return unrecorded
        return new DiscreetSpan(tracer.startSpan(name, options, parent))
      },
    },
  }
}

const unrecorded = new BullMQOTelSpan(trace.wrapSpanContext(INVALID_SPAN_CONTEXT))

/** Keeps to itself what a job returned and why it failed: Bull Board shows that, to operators. */
class DiscreetSpan extends BullMQOTelSpan {
  override setAttributes({ [TelemetryAttributes.BulkNames]: _thousands, ...others }: Attributes): void {
    super.setAttributes(others)
  }
  override addEvent(name: string): void {
    super.addEvent(name)
    if (name === 'job failed') this.span.setStatus({ code: SpanStatusCode.ERROR })
  }
  override recordException(error: unknown): void {
    noteFailure(this.span, error)
  }
}

type Attributes = Parameters<BullMQOTelSpan['setAttributes']>[0]

/** The trace that is active, as a job carries it; undefined where there is none. */
export function activeTrace({ contextManager }: Telemetry): string | undefined {
  const metadata = contextManager.getMetadata(contextManager.active())
  return metadata === '{}' ? undefined : metadata
}

/** Runs `open` in no trace, so that what goes on for ever is not taken for a part of whatever began it. */
export const detached = <T>(telemetry: Telemetry | undefined, open: () => T): T =>
  telemetry ? context.with(ROOT_CONTEXT, open) : open()
