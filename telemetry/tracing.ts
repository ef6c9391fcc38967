import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { HearthError } from '../model/errors.ts'

/**
 * Spans of what Hearth does. No code runs here unless tracing is on, and nothing is recorded unless the process has an
 * OpenTelemetry SDK. A span has ids and counts, never a value or a text.
 */
export const tracer = trace.getTracer('hearth-cache')

export interface SpanOptions {
  name: string
  /** Default `INTERNAL`. */
  kind?: SpanKind
  attributes: Attributes
  /** What `work` runs in, but for the span itself. Default: the active context. */
  within?: Context
}

/** Runs `work` in a span of its own, which ends with it. */
export function inSpan<T>(options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const { name, kind = SpanKind.INTERNAL, attributes, within = context.active() } = options
  return tracer.startActiveSpan(name, { kind, attributes }, within, async span => {
    try {
      return await work(span)
    } catch (error) {
      noteFailure(span, error)
      throw error
    } finally {
      span.end()
    }
  })
}

/** An error by its code alone: its message may quote what the game keeps. */
export function noteFailure(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR })
  const type = error instanceof HearthError ? error.code : error instanceof Error ? error.name : '_OTHER'
  span.setAttribute('error.type', type)
}
