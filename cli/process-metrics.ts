import type { Config } from '../config/read.ts'
import { ageName, faults } from '../jobs/audit/payload.ts'
import { createKinds } from '../model/kinds.ts'
import { scheduleNames, scheduleOutcomes } from '../queues/schedules/schedule.ts'
import { createAuditMetrics } from '../telemetry/audit-metrics.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { createOutboxMetrics } from '../telemetry/outbox-metrics.ts'
import { createPendingMetrics } from '../telemetry/pending-metrics.ts'
import { createScheduleMetrics } from '../telemetry/schedule-metrics.ts'
import { createServerMetrics } from '../telemetry/server-metrics.ts'

/** At which ages an audit looks again at what differs. Milliseconds. */
export const auditAges = ({ auditAgesMs }: Config): number[] => auditAgesMs.split(',').map(Number)

/** The metrics of a process, in one registry: the same ones in every process, whatever it does. */
export function createProcessMetrics(config: Config) {
  const kinds = createKinds(config.file.kinds).all
  const hearth = createMetrics({ kinds })
  const { registry } = hearth
  return {
    registry,
    hearth,
    outbox: createOutboxMetrics(registry),
    schedules: createScheduleMetrics(registry, { names: scheduleNames, outcomes: scheduleOutcomes }),
    pending: createPendingMetrics(registry),
    audit: createAuditMetrics(registry, { ages: auditAges(config).map(ageName), faults, kinds }),
    servers: createServerMetrics(registry),
  }
}

export type ProcessMetrics = ReturnType<typeof createProcessMetrics>
