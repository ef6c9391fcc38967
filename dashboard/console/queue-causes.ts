import { sumBy } from 'es-toolkit'
import type { DeadWorlds } from '../../queues/pending-dead.ts'
import type { QueueStats } from '../../queues/queue-stats.ts'
import type { AuditRow } from './audit.ts'
import type { Cause, CauseLink } from './overview.ts'
import { runbook } from './runbook.ts'

/** What is known of the jobs, and of what they left; undefined: not known, which is no cause of its own. */
export interface QueueFindings {
  isLed: boolean | undefined
  queues: readonly QueueStats[]
  dead: DeadWorlds | undefined
  audit: Pick<AuditRow, 'found' | 'repaired'> | undefined
}

/** A worker that is well takes a job at once; one that has room and takes none for so long hangs. Milliseconds. */
const untakenMs = 3_000

const queuesPage: CauseLink = { text: 'Queues', href: '/jobs' }
const listed = new Intl.ListFormat('en-GB')

export function queueCauses(findings: QueueFindings): Cause[] {
  return [
    ...schedulerCause(findings),
    ...workerCauses(findings),
    ...pausedCause(findings),
    ...failedCause(findings),
    ...deadCause(findings),
    ...auditCause(findings),
  ]
}

function schedulerCause({ isLed }: QueueFindings): Cause[] {
  if (isLed !== false) return []
  return [
    {
      key: 'scheduler',
      text: 'No scheduler acts: recorded changes are not relayed, and no round runs.',
      help: 'Start one with `hearth scheduler`. One that was frozen or lost its way to Redis acts again by itself.',
      links: [runbook('HearthNoScheduler')],
    },
  ]
}

/** No worker at all, none of single queues, and those that are connected and take nothing. */
function workerCauses({ queues }: QueueFindings): Cause[] {
  const links = [queuesPage, runbook('HearthNoWorker')]
  const without = queues.filter(({ workers }) => workers === 0)
  const stuck = queues.filter(isUntaken)
  const causes: Cause[] = []
  if (without.length > 0) {
    const text =
      without.length === queues.length
        ? 'No worker is running, so jobs wait.'
        : `No worker takes jobs of ${named(without)}, so they wait.`
    causes.push({ key: 'workers', text, help: 'Start one with `hearth worker`.', links })
  }
  if (stuck.length > 0) {
    causes.push({
      key: 'untaken',
      text: `Workers are connected and take no job of ${named(stuck)}: they hang, or their machine does.`,
      help: 'Look at their log and their machine, and restart them: what they had begun runs again in another one.',
      links,
    })
  }
  return causes
}

const isUntaken = ({ workers, isPaused, waiting, active, oldestWaitingMs }: QueueStats): boolean =>
  workers !== null &&
  workers > 0 &&
  !isPaused &&
  waiting > 0 &&
  active === 0 &&
  (oldestWaitingMs ?? 0) > untakenMs

function pausedCause({ queues }: QueueFindings): Cause[] {
  const paused = queues.filter(({ isPaused }) => isPaused)
  const [first] = paused
  if (!first) return []
  return [
    {
      key: 'paused',
      text: `${capital(named(paused))} ${paused.length === 1 ? 'is' : 'are'} paused: jobs are accepted there, and none is done.`,
      help: `Resume on the page Queues, or \`hearth resume ${first.name}\`.`,
      links: [queuesPage, runbook('HearthJobsWaitTooLong')],
    },
  ]
}

function failedCause({ queues }: QueueFindings): Cause[] {
  const failed = queues.filter(queue => queue.failed > 0)
  const [first] = failed
  if (!first) return []
  const jobs = sumBy(failed, queue => queue.failed)
  return [
    {
      key: 'failed',
      text: `${jobs} ${jobs === 1 ? 'job' : 'jobs'} of ${named(failed)} failed at the last attempt.`,
      help: `The page Queues shows why. When the reason is gone, retry there, or with \`hearth retry ${first.name} --all\`; a failed job is forgotten after a week.`,
      links: [queuesPage, runbook('HearthJobsFailed')],
    },
  ]
}

function deadCause({ dead }: QueueFindings): Cause[] {
  const [first] = dead?.worlds ?? []
  if (!dead || !first) return []
  const others = dead.total - 1
  const more = others === 0 ? '' : ` and of ${others} other ${others === 1 ? 'world' : 'worlds'}`
  return [
    {
      key: 'dead',
      text: `The source refused accepted events of the world ${first.worldId}${more}: they are set aside, and not written.`,
      help: 'The page Queues lists the worlds. `hearth pending <world>` says why; correct the source, then retry them there.',
      links: [queuesPage, runbook('HearthEventsDead')],
    },
  ]
}

function auditCause({ audit }: QueueFindings): Cause[] {
  const left = audit ? audit.found - audit.repaired : 0
  if (left <= 0) return []
  return [
    {
      key: 'audit',
      text: `Audits of the last week found ${left} cached ${left === 1 ? 'entry' : 'entries'} that differed from the source, and did not repair ${left === 1 ? 'it' : 'them'}.`,
      help: 'The page Consistency has what was found last. `hearth audit <world> --all --repair` makes it right.',
      links: [{ text: 'Consistency', href: '/consistency' }, runbook('HearthAuditInconsistent')],
    },
  ]
}

const named = (queues: readonly QueueStats[]): string =>
  `the ${queues.length === 1 ? 'queue' : 'queues'} ${listed.format(queues.map(({ name }) => name))}`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
