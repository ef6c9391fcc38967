import { DelayedError, type Job, WaitingChildrenError } from 'bullmq'
import { mergeWith, sumBy } from 'es-toolkit'
import { targetOfKey, walkStart } from '../../cache/world-keys.ts'
import { id } from '../../model/ids.ts'
import { parsePayload } from '../../model/parse.ts'
import type { Target } from '../../model/target.ts'
import type { AuditDeps } from './deps.ts'
import { lookAtEntries, lookAtPopularity, type Part, type Seen } from './look.ts'
import {
  type AuditPayload,
  type AuditPlan,
  type AuditProgress,
  type AuditResult,
  ageName,
  auditPayload,
  type Checked,
  faults,
  misleads,
  type RecheckResult,
} from './payload.ts'
import { followUp, suspectOf } from './recheck.ts'
import { sampleOf, targetsOfEntities, targetsOfWorld } from './sample.ts'

/** A job that has worked for so long gives way to others, such as those that look again. Milliseconds. */
const sliceMs = 2_000
/** Entries that are looked at in one go. */
const chunk = 200
/** Findings that the result has room for. */
const mostShown = 100

/**
 * Compares what is cached of a world with the truth, in chunks, so that memory stays flat however much there is. What
 * differs is looked at again by jobs of its own; this one comes back when all of them are done.
 */
export async function auditWorld(deps: AuditDeps, job: Job, token: string): Promise<AuditResult> {
  const payload = parsePayload(auditPayload, job.data, 'audit job')
  let plan = payload.plan ?? firstPlan
  const goOnAt = Date.now() + sliceMs
  while (plan.phase !== 'done') {
    const startedAt = performance.now()
    plan = await nextStep(deps, job, payload, plan)
    await job.updateData({ ...payload, plan } satisfies AuditPayload)
    await job.updateProgress(await progressOf(deps, payload, plan))
    if (plan.phase === 'done') break
    if (Date.now() >= goOnAt) {
      await job.moveToDelayed(Date.now() + 1, token)
      throw new DelayedError()
    }
    await deps.rest(performance.now() - startedAt)
  }
  await job.removeDeduplicationKey() // while it waits for those who look again, another audit may begin
  if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError()
  const none = Object.fromEntries(deps.cache.keys.kinds.all.map(({ name }) => [name, 0]))
  const sums = { ...plan, checked: { ...none, ...plan.checked } }
  return resultOf(sums, Object.values(await job.getChildrenValues<RecheckResult>()))
}

const firstPlan: AuditPlan = {
  phase: 'entries',
  place: walkStart,
  rank: 0,
  again: 0,
  checked: {},
  popular: 0,
  suspects: 0,
}

async function nextStep(
  deps: AuditDeps,
  job: Job,
  payload: AuditPayload,
  plan: AuditPlan,
): Promise<AuditPlan> {
  if (payload.sample !== null) return sampleStep(deps, job, payload, payload.sample, plan)
  return plan.phase === 'entries'
    ? pageStep(deps, job, payload, plan)
    : popularityStep(deps, job, payload, plan)
}

async function sampleStep(
  deps: AuditDeps,
  job: Job,
  payload: AuditPayload,
  size: number,
  plan: AuditPlan,
): Promise<AuditPlan> {
  const ids = await sampleOf(deps.cache, payload.worldId, size)
  const { kinds } = deps.cache.keys
  const targets = [...targetsOfWorld(kinds), ...targetsOfEntities(kinds, ids)]
  const after = await compare(deps, job, payload, plan, targets)
  return { ...(await comparePopularity(deps, job, payload, after, ids)), phase: 'done' }
}

/** A page of the keyspace, with what there is of the world. */
async function pageStep(
  deps: AuditDeps,
  job: Job,
  payload: AuditPayload,
  plan: AuditPlan,
): Promise<AuditPlan> {
  const { found, next } = await deps.cache.page(payload.worldId, plan.place)
  const places = found.flatMap(key => placeOf(deps, payload.worldId, key) ?? [])
  const of = (part: Part) => places.flatMap(place => (place.part === part ? place.target : []))
  const leases = await compare(deps, job, payload, plan, of('lease'), ['lease'])
  const after = await compare(deps, job, payload, leases, of('entry'), ['entry'])
  return next ? { ...after, place: next } : { ...after, phase: 'popularity' }
}

/** Undefined for what is no entry that a reader would find, nor the lease of one. */
function placeOf(
  { cache: { keys } }: AuditDeps,
  worldId: string,
  key: string,
): { target: Target; part: Part } | undefined {
  const found = targetOfKey(keys, worldId, key)
  return found && { target: found.target, part: found.isLease ? 'lease' : 'entry' }
}

async function popularityStep(
  deps: AuditDeps,
  job: Job,
  payload: AuditPayload,
  plan: AuditPlan,
): Promise<AuditPlan> {
  const ids = await deps.cache.popularity.range(payload.worldId, plan.rank, chunk)
  if (ids.length === 0) return { ...plan, phase: 'done' }
  const sound = ids.filter(given => id.safeParse(given).success)
  const after = await comparePopularity(deps, job, payload, plan, sound)
  return { ...after, rank: plan.rank + ids.length }
}

async function compare(
  deps: AuditDeps,
  job: Job,
  payload: AuditPayload,
  plan: AuditPlan,
  targets: readonly Target[],
  parts?: readonly Part[],
): Promise<AuditPlan> {
  let after = plan
  for (let from = 0; from < targets.length; from += chunk) {
    const some = targets.slice(from, from + chunk)
    const { checked, seen } = await lookAtEntries(deps, payload.worldId, some, parts)
    after = await follow(deps, job, payload, after, seen)
    after = { ...after, checked: sumOf(after.checked, checked) }
    const entries = totalOf(checked)
    if (entries > 0) await deps.log.add({ checked: entries, ...noneOf(deps.agesMs) })
    deps.onAudit.checked(checked)
  }
  return after
}

async function comparePopularity(
  deps: AuditDeps,
  job: Job,
  payload: AuditPayload,
  plan: AuditPlan,
  ids: readonly string[],
): Promise<AuditPlan> {
  const seen = await lookAtPopularity(deps, payload.worldId, ids)
  const after = await follow(deps, job, payload, plan, seen)
  return { ...after, popular: plan.popular + ids.length }
}

async function follow(
  deps: AuditDeps,
  job: Job,
  { worldId, repair }: AuditPayload,
  plan: AuditPlan,
  seen: readonly Seen[],
): Promise<AuditPlan> {
  if (seen.length === 0) return plan
  const suspects = seen.map(one => suspectOf(one))
  await followUp(deps, job, { worldId, repair, stage: 0 }, suspects, plan.again)
  return { ...plan, again: plan.again + 1, suspects: plan.suspects + seen.length }
}

async function progressOf(
  { cache }: AuditDeps,
  { worldId, sample }: AuditPayload,
  { checked, phase, suspects }: AuditPlan,
): Promise<AuditProgress> {
  const done = totalOf(checked)
  const due = sample === null && phase === 'entries' ? await cache.expectedEntries.of(worldId) : null
  return { done, total: Math.max(done, due ?? 0), suspects }
}

function resultOf({ checked, popular, suspects }: AuditPlan, again: readonly RecheckResult[]): AuditResult {
  const total = (of: (result: RecheckResult) => number) => again.reduce((sum, result) => sum + of(result), 0)
  const ages = [...new Set(again.flatMap(({ inconsistent }) => Object.keys(inconsistent)))]
  const found = Object.fromEntries(
    faults.map(fault => [fault, total(result => result.found[fault] ?? 0)]),
  ) as AuditResult['found']
  const misleading = faults.some(fault => misleads(fault) && found[fault] > 0)
  const any = faults.some(fault => found[fault] > 0)
  return {
    outcome: misleading ? 'inconsistent' : any ? 'faulty' : 'consistent',
    checked: totalOf(checked),
    kinds: checked,
    popular,
    suspects,
    settled: total(({ settled }) => settled),
    unsettled: total(({ unsettled }) => unsettled),
    inconsistent: Object.fromEntries(ages.map(age => [age, total(result => result.inconsistent[age] ?? 0)])),
    found,
    repaired: total(({ repaired }) => repaired),
    findings: again.flatMap(({ findings }) => findings).slice(0, mostShown),
  }
}

/** So that who reads the counts knows of ages at which nothing was wrong. */
const noneOf = (agesMs: readonly number[]) => Object.fromEntries(agesMs.map(ms => [`age:${ageName(ms)}`, 0]))

const totalOf = (checked: Checked): number => sumBy(Object.values(checked), count => count)

const sumOf = (a: Checked, b: Checked): Checked => mergeWith({ ...a }, b, (x = 0, y = 0) => x + y)
