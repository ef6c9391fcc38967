import type { Registry } from 'prom-client'
import { metricsIn } from './define.ts'

/** What a process counts of the requests that it answers. */
export interface HttpMetrics {
  answered(request: AnsweredRequest, seconds: number): void
}

export interface AnsweredRequest {
  method: string
  /** Its pattern, like `/api/v1/worlds/:worldId/flags`: never a path, because there is no end to ids. */
  route: string
  status: number
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const { histogram } = metricsIn(registry)
  const seconds = histogram(
    'http_request_duration_seconds',
    'From the arrival of a request until its answer was sent; streams of events are left out',
    buckets,
    'method',
    'route',
    'status',
  )
  return { answered: (request, took) => seconds.observe({ ...request }, took) }
}
