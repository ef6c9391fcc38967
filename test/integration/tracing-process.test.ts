import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { Closing } from '../../cli/closing.ts'
import { startServing } from '../../cli/process.ts'
import { startTracing } from '../../cli/tracing.ts'
import { readConfig } from '../../config/read.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { openCollector } from '../support/collector.ts'
import { ask } from '../support/http.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

const log = pino({ level: 'silent' })
const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }
const started = (env: Record<string, string>) =>
  startTracing({ config: readConfig({ env }), name: 'worker', log, closing: new Closing() })

test.each([
  {},
  { OTEL_SERVICE_NAME: 'hearth' },
  { ...endpoint, OTEL_SDK_DISABLED: 'true' },
  { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
])('a process whose environment is %j does not trace', async env => {
  expect(await started(env)).toBe(false)
})

test('gRPC is refused if tracing is on, and ignored if it is off or meant for other programs', async () => {
  const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }
  await expect(started({ ...endpoint, ...grpc })).rejects.toThrow(
    /^OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; expected http\/protobuf/,
  )
  expect(await started(grpc)).toBe(false)
})

test('a process sends its spans to the collector of its environment, the last ones when it stops', async () => {
  const collector = await openCollector()
  const closing = new Closing()
  onTestFinished(async () => void (await closing.close()))
  const env = {
    HEARTH_REDIS_URL: redisUrl(),
    HEARTH_QUEUE_PREFIX: fresh('q'),
    HEARTH_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
  }
  const config = readConfig({ env, needs: ['redisUrl'] })
  const world = embeddedWorld()
  const { dashboard } = await startServing({ name: 'dashboard', parts: [], config, world, log, closing })
  expect((await ask(`${dashboard.url}/api/v1/worlds/${fresh()}/flags`)).status).toBe(404)
  expect(await closing.close()).toEqual([])

  expect(collector.taken.map(({ path }) => path)).toEqual(['/v1/traces'])
  const names = ['hearth-dashboard', 'GET /api/v1/worlds/:worldId/flags', 'hearth.flags', 'load flags']
  for (const name of names) expect(collector.taken[0]?.body).toContain(name)
})
