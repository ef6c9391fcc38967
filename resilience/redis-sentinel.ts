import { type Redis, SentinelConnector } from 'ioredis'
import { ReasonedConnector } from './redis-words.ts'

interface Connecting {
  connectToSentinel(...given: unknown[]): Redis
  failoverDetector: { cleanup(): void } | null
}

/**
 * ioredis' way to a primary by Sentinels, without a line on the console whenever one of them cannot be reached: it hears
 * no errors of the connections on which it waits for a failover. If all are away, the connection to the primary fails.
 */
class QuietConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0])
    const own = this as unknown as Connecting
    const connect = own.connectToSentinel.bind(this)
    own.connectToSentinel = (...given) => connect(...given).on('error', () => {})
  }

  /**
   * Sentinels are asked anew, so what they tell of the failover now must not end the attempt: ioredis would give the
   * connection up for good, where a primary dies and the news of its successor comes between two attempts.
   */
  override connect(...given: Parameters<SentinelConnector['connect']>) {
    const own = this as unknown as Connecting
    own.failoverDetector?.cleanup()
    own.failoverDetector = null
    return super.connect(...given)
  }
}

/**
 * How ioredis asks Sentinels. It hears of a failover from them: a primary that froze, or was cut off, never closes its
 * connections. A Sentinel that answers nothing is passed over.
 */
const bySentinels = {
  Connector: QuietConnector,
  failoverDetector: true,
  sentinelCommandTimeout: 1_000,
  sentinelRetryStrategy: (times: number) => Math.min(50 * times, 1_000),
  sentinelReconnectStrategy: (times: number) => Math.min(100 * times, 2_000),
}

/** The way to one server: by Sentinels where there are any, otherwise one that reports what the server says. */
export const wayTo = (sentinels?: unknown) => (sentinels ? bySentinels : { Connector: ReasonedConnector })
