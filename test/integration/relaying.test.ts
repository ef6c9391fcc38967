import { pino } from 'pino'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { Closing } from '../../cli/closing.ts'
import { startRelaying } from '../../cli/relaying.ts'
import { readConfig } from '../../config/read.ts'
import { createNotifyRelay } from '../../queues/notify-relay.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { createOutboxMetrics } from '../../telemetry/outbox-metrics.ts'
import { createPendingMetrics } from '../../telemetry/pending-metrics.ts'
import { inTime } from '../support/relay-setup.ts'
import { redisUrl } from '../support/servers.ts'
import { openHearth } from '../support/setup.ts'

test('the active scheduler reports its backlog and relayed nodes, and when it becomes active and inactive', async () => {
  const { hearth, world, place } = openHearth()
  const { registry } = createMetrics()
  const closing = new Closing()
  onTestFinished(() => closing.close().then(() => {}))
  const said: string[] = []
  const env = { HEARTH_REDIS_URL: redisUrl(), HEARTH_QUEUE_PREFIX: place.prefix }
  const backlog = async () => ({ pending: 7, oldestMs: 1_500 })
  await startRelaying({
    hearth,
    closing,
    metrics: {
      registry: new Registry(),
      outbox: createOutboxMetrics(registry),
      pending: createPendingMetrics(registry),
    },
    say: what => said.push(what),
    config: readConfig({ env, needs: ['redisUrl'] }),
    world: { ...world, outbox: { ...world.outbox, backlog } },
    log: pino({ level: 'silent' }),
    onError: error => expect.fail(error.message),
  })
  const metric = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value

  await expect.poll(() => metric('lw_outbox_pending'), inTime).toBe(7)
  expect(await metric('lw_events_pending')).toBe(0)
  expect(await metric('lw_outbox_oldest_seconds')).toBe(1.5)
  expect(said).toEqual(['this process relays the outbox now'])

  const notifier = createNotifyRelay(place)
  onTestFinished(() => notifier.close())
  await world.outbox.record('w1', [{ kind: 'flags-changed' }])
  await world.outbox.record('w1', [{ kind: 'flood' }])
  notifier.notifyRelay()
  await expect.poll(() => metric('lw_outbox_relayed_total'), inTime).toBe(1)
  expect(await metric('lw_outbox_refused_total')).toBe(1)

  expect(await closing.close()).toEqual([])
  expect(said.slice(1)).toEqual(['this process no longer relays the outbox'])
  expect(await metric('lw_outbox_pending')).toBe(0)
})
