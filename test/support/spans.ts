import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
} from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { onTestFinished, vi } from 'vitest'

/** The spans of one test, as a viewer of traces shows them. */
export interface Spans {
  all(): Shown[]
  /** Resolves with the spans of this name, once there are `count` of them. */
  named(name: string, count?: number): Promise<Shown[]>
  /** Everything that an exporter would send, as text. */
  text(): string
}

export interface Shown {
  name: string
  kind: string
  status: string
  traceId: string
  id: string
  parent: string | undefined
  attributes: Attributes
}

const exporter = new InMemorySpanExporter()
let registered = false

/** An SDK that keeps its spans in memory: one for a file, since a process can have only one. */
export function recordSpans(): Spans {
  if (!registered) new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
  registered = true
  exporter.reset()
  onTestFinished(() => exporter.reset())
  const all = () => exporter.getFinishedSpans().map(shown)
  return {
    all,
    named: (name, count = 1) =>
      vi.waitFor(() => {
        const found = all().filter(span => span.name === name)
        if (found.length < count) throw new Error(`${found.length} spans are named ${name}`)
        return found
      }, 10_000),
    text: () =>
      JSON.stringify(
        exporter.getFinishedSpans().map(({ name, attributes, events, status, links }) => ({
          name,
          attributes,
          events,
          status,
          links,
        })),
      ),
  }
}

const shown = (span: ReadableSpan): Shown => ({
  name: span.name,
  kind: SpanKind[span.kind],
  status: SpanStatusCode[span.status.code],
  traceId: span.spanContext().traceId,
  id: span.spanContext().spanId,
  parent: span.parentSpanContext?.spanId,
  attributes: span.attributes,
})

/** Runs `work` as a part of this trace. */
export const inTrace = <T>(traceparent: string, work: () => T): T =>
  context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), work)
