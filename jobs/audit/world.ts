import { DelayedError, WaitingChildrenError } from 'bullmq'
import { chunk, mergeWith, sum, sumBy } from 'es-toolkit'
import { isId } from '../../model/ids.ts'
import type { Target } from '../../model/world-data.ts'
import type { JobRun } from '../../queues/define.ts'
import type { PoolDeps } from '../pool/deps.ts'
import { lookAtEntries, lookAtPopularity, type Seen } from './look.ts'
import {
  type AuditPayload,
  type AuditPlan,
  type AuditProgress,
  type AuditResult,
  ageName,
  faults,
  misleads,
  type RecheckResult,
} from './payload.ts'
import { followUp, suspectOf } from './recheck.ts'
import { sampleOf, targetsOfEntities, targetsOfWorld } from './sample.ts'
import { unhurried } from './unhurried.ts'

/** A job that has worked for so long makes way for others, such as rechecks. Milliseconds. */
const sliceMs = 2_000
/** Entries that are looked at in one go, so that no query of an audit keeps the source busy while a reader waits for it. */
const maxEntries = 25
/** Popularities that are read in one go. */
const maxPopular = 200
/** Findings that the result has room for. */
const maxShown = 100

type Audit = JobRun<AuditPayload> & { deps: PoolDeps }

/**
 * Compares what is cached of a world with the source, in chunks, so that memory stays flat however much there is. What
 * differs is looked at again by jobs of its own; this one comes back when all of them are done.
 */
export async function auditWorld(run: JobRun<AuditPayload>, deps: PoolDeps): Promise<AuditResult> {
  const { job, payload, token } = run
  const audit = { ...run, deps }
  let plan = payload.plan ?? firstPlan
  const goOnAt = Date.now() + sliceMs
  while (plan.phase !== 'done') {
    plan = await nextStep(audit, plan)
    await job.updateData({ ...payload, plan } satisfies AuditPayload)
    await job.updateProgress(await progressOf(audit, plan))
    if (plan.phase === 'done') break
    if (Date.now() >= goOnAt) {
      await job.moveToDelayed(Date.now() + 1, token)
      throw new DelayedError()
    }
  }
  await job.removeDeduplicationKey() // while it waits for its rechecks, another audit may begin
  if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError()
  const checked = { ...zeros(deps.cache.keys.kinds.all.map(({ name }) => name)), ...plan.checked }
  return resultOf({ ...plan, checked }, Object.values(await job.getChildrenValues<RecheckResult>()))
}

const firstPlan: AuditPlan = {
  phase: 'entries',
  place: 'start',
  rank: 0,
  rechecks: 0,
  checked: {},
  popular: 0,
  suspects: 0,
}

function nextStep(audit: Audit, plan: AuditPlan): Promise<AuditPlan> {
  const { sample } = audit.payload
  if (sample !== null) return sampleStep(audit, plan, sample)
  return plan.phase === 'entries' ? pageStep(audit, plan) : popularityStep(audit, plan)
}

async function sampleStep(audit: Audit, plan: AuditPlan, size: number): Promise<AuditPlan> {
  const { deps, payload } = audit
  const ids = await sampleOf(deps.cache, payload.worldId, size)
  const { kinds } = deps.cache.keys
  const targets = [...targetsOfWorld(kinds), ...targetsOfEntities(kinds, ids)]
  const { after, existing } = await compare(audit, plan, targets)
  return { ...(await comparePopularity(audit, after, ids, existing)), phase: 'done' }
}

/** A page of what there is of the world: entries that a reader would find, and leases. */
async function pageStep(audit: Audit, plan: AuditPlan): Promise<AuditPlan> {
  const { cache } = audit.deps
  const { worldId, kinds } = audit.payload
  const { targets, next } = await cache.walk.page(worldId, plan.place)
  const wanted = kinds ? targets.filter(({ kind }) => kinds.includes(kind)) : targets
  const { after } = await compare(audit, plan, wanted)
  return next ? { ...after, place: next } : { ...after, phase: kinds ? 'done' : 'popularity' }
}

async function popularityStep(audit: Audit, plan: AuditPlan): Promise<AuditPlan> {
  const { deps, payload } = audit
  const ids = await deps.cache.popularity.range(payload.worldId, plan.rank, maxPopular)
  if (ids.length === 0) return { ...plan, phase: 'done' }
  return { ...(await comparePopularity(audit, plan, ids.filter(isId))), rank: plan.rank + ids.length }
}

const sizeOf = ({ sample }: AuditPayload) => (sample === null ? 'all' : 'sample')

async function compare(
  audit: Audit,
  plan: AuditPlan,
  targets: readonly Target[],
): Promise<{ after: AuditPlan; existing: ReadonlySet<string> }> {
  const { deps, payload } = audit
  const { log, agesMs, onAudit } = deps.auditing
  const existing = new Set<string>()
  let after = plan
  for (const batch of chunk(targets, maxEntries)) {
    const found = await unhurried(sizeOf(payload), () => lookAtEntries(deps, payload.worldId, batch))
    for (const id of found.existing) existing.add(id)
    after = await follow(audit, after, found.seen)
    after = { ...after, checked: sumOf([after.checked, found.checked]) }
    onAudit.checked(found.checked)
  }
  const entries = totalOf(after.checked) - totalOf(plan.checked)
  // With the ages at which nothing was wrong, so that these are known of too.
  if (entries > 0) await log.add({ checked: entries, ...zeros(agesMs.map(ms => `age:${ageName(ms)}`)) })
  return { after, existing }
}

/** @param existing those of them that the source was just seen to have */
async function comparePopularity(
  audit: Audit,
  plan: AuditPlan,
  ids: readonly string[],
  existing: ReadonlySet<string> = new Set(),
): Promise<AuditPlan> {
  const { deps, payload } = audit
  const open = ids.filter(id => !existing.has(id))
  const seen = await unhurried(sizeOf(payload), () => lookAtPopularity(deps, payload.worldId, open))
  return { ...(await follow(audit, plan, seen)), popular: plan.popular + ids.length }
}

async function follow(audit: Audit, plan: AuditPlan, seen: readonly Seen[]): Promise<AuditPlan> {
  if (seen.length === 0) return plan
  const { worldId, repair } = audit.payload
  const suspects = seen.map(one => suspectOf(one))
  await followUp({ ...audit, ...audit.deps.auditing }, { worldId, repair, stage: 0, suspects }, plan.rechecks)
  return { ...plan, rechecks: plan.rechecks + 1, suspects: plan.suspects + seen.length }
}

async function progressOf({ deps, payload }: Audit, plan: AuditPlan): Promise<AuditProgress> {
  const done = totalOf(plan.checked)
  const isWhole = payload.sample === null && !payload.kinds && plan.phase === 'entries'
  const due = isWhole ? await deps.cache.expectedEntries.of(payload.worldId) : null
  return { done, total: Math.max(done, due ?? 0), suspects: plan.suspects }
}

function resultOf(
  { checked, popular, suspects }: AuditPlan,
  rechecks: readonly RecheckResult[],
): AuditResult {
  const found = { ...zeros(faults), ...sumOf(rechecks.map(({ found }) => found)) } as AuditResult['found']
  const wrong = faults.filter(fault => found[fault] > 0)
  return {
    outcome: wrong.some(misleads) ? 'inconsistent' : wrong.length > 0 ? 'faulty' : 'consistent',
    checked: totalOf(checked),
    kinds: checked,
    popular,
    suspects,
    settled: sumBy(rechecks, ({ settled }) => settled),
    unsettled: sumBy(rechecks, ({ unsettled }) => unsettled),
    inconsistent: sumOf(rechecks.map(({ inconsistent }) => inconsistent)),
    found,
    repaired: sumBy(rechecks, ({ repaired }) => repaired),
    findings: rechecks.flatMap(({ findings }) => findings).slice(0, maxShown),
  }
}

type Counts = Record<string, number>

const zeros = (names: readonly string[]): Counts => Object.fromEntries(names.map(name => [name, 0]))

const totalOf = (counts: Counts): number => sum(Object.values(counts))

const sumOf = (all: readonly Counts[]): Counts =>
  all.reduce<Counts>((total, counts) => mergeWith(total, counts, (a = 0, b = 0) => a + b), {})
