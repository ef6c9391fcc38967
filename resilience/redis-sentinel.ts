import { ReasonedConnector } from './redis-words.ts'

/**
 * How ioredis asks Sentinels. It hears of a failover from them: a primary that froze, or was cut off, never closes its
 * connections. A Sentinel that answers nothing is passed over.
 */
const bySentinels = {
  failoverDetector: true,
  sentinelCommandTimeout: 1_000,
  sentinelRetryStrategy: (times: number) => Math.min(50 * times, 1_000),
  sentinelReconnectStrategy: (times: number) => Math.min(100 * times, 2_000),
}

/** The way to one server: by Sentinels where there are any, otherwise one that reports what the server says. */
export const wayTo = (sentinels?: unknown) => (sentinels ? bySentinels : { Connector: ReasonedConnector })
