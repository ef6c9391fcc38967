import type { Logger } from 'pino'
import { partsOf } from '../hearth/hearth.ts'
import { schedulesOf } from '../jobs/schedules.ts'
import type { ScheduleEvent } from '../queues/schedules/schedule.ts'
import { startSchedules } from '../queues/schedules/start.ts'
import { queuePlace } from './connect.ts'
import type { ServingContext } from './serving-context.ts'

/** A round hears at once that it is to stop; one that does not is left, and the next one does its work. */
const graceMs = 500

/** Runs the rounds that are due, beside the other schedulers. */
export async function runSchedules(context: Omit<ServingContext, 'world' | 'say'>): Promise<void> {
  const { config, hearth, metrics, log, onError, closing } = context
  const expressions = {
    refresh: config.refreshCron,
    decay: config.decayCron,
    prune: config.pruneCron,
    sweep: config.sweepCron,
    audit: config.auditCron,
    'audit-all': config.auditAllCron,
  }
  const policy = {
    idleMs: config.idleMs,
    top: config.refreshTop,
    halfLifeMs: config.popularityHalfLifeMs,
  }
  const { cache, producer, pending } = partsOf(hearth)
  const schedules = startSchedules({
    place: queuePlace(config),
    schedules: schedulesOf(expressions, {
      cache,
      producer,
      pending,
      policy,
      audit: { sample: config.auditSample, repair: config.auditRepair, budget: config.auditBudget },
      onFound(round, found) {
        log.debug({ round, ...found }, `what the round ${round} found`)
        if (round === 'refresh' && 'left' in found && found.left) {
          log.warn({ round, ...found }, 'the round refresh has no time for all worlds; the next one goes on')
        }
      },
    }),
    onEvent(event) {
      metrics.schedules.happened(event)
      logEvent(log, event)
    },
    onError,
  })
  await closing.opened('the schedules', () => schedules.close(graceMs))
}

function logEvent(log: Logger, event: ScheduleEvent): void {
  const round = event.name
  const slot = event.slot.toISOString()
  if (event.outcome === 'failed') {
    log.error({ round, slot, err: event.error }, `the round ${round} failed: ${event.error.message}`)
  } else if (event.outcome === 'stopped') {
    log.info({ round, slot }, `the round ${round} is cut short, since this process stops`)
  } else if (event.outcome === 'skipped') {
    log.warn({ round, slot }, `the round ${round} is skipped, since the one before still runs`)
  } else if (event.outcome === 'caught-up') {
    log.info({ round, slot }, `the round ${round} was missed, and is caught up`)
  } else {
    log.debug({ round, slot }, `the round ${round} is done`)
  }
}
