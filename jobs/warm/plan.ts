import { entityTypes, type Member } from '../../model/entity.ts'
import type { World } from '../../world/world.ts'
import type { WarmPlan } from './payload.ts'

/** Where the warming of a world stops. */
export interface WarmBudget {
  /** Entities, each with its state and its timeline. Default: no limit. */
  entities?: number
  /** Of the JSON texts that are brought in or found. Default: no limit. */
  bytes?: number
}

/** What a world's warming takes up next, and how far it has come then. */
export interface Step {
  members: readonly Member[]
  plan: WarmPlan
}

/** Members are held in memory this many chunks at a time, however large the world is. */
const chunksPerPage = 10

/**
 * First the entities that are read most, then the active ones by their ids, then, without their timelines, the others;
 * until the world, or the budget, comes to its end.
 */
export async function nextStep(
  world: Pick<World, 'members' | 'entities'>,
  worldId: string,
  plan: WarmPlan,
  { chunkSize, budget, usedBytes }: { chunkSize: number; budget: WarmBudget; usedBytes: number },
): Promise<Step> {
  const { entities: maxEntities = Number.POSITIVE_INFINITY, bytes: maxBytes } = budget
  if (plan.entities >= maxEntities || (maxBytes !== undefined && usedBytes >= maxBytes)) {
    return { members: [], plan: { ...plan, phase: 'over-budget' } }
  }
  const chunks =
    maxBytes === undefined ? chunksPerPage : chunksFor(plan, chunkSize, maxBytes - usedBytes, usedBytes)
  const limit = chunkSize * chunks
  const step = await (plan.phase === 'popular'
    ? popularStep(world, worldId, plan)
    : pageStep(world, worldId, plan, limit))
  const members = step.members.slice(0, maxEntities - plan.entities)
  return { members, plan: { ...step.plan, entities: plan.entities + members.length } }
}

/** As many chunks as will fit, by what the entities so far were like; one to find that out. */
function chunksFor(plan: WarmPlan, chunkSize: number, leftBytes: number, usedBytes: number): number {
  const bytesAnEntity = usedBytes / plan.entities
  const fit = Math.floor(leftBytes / bytesAnEntity / chunkSize)
  return Math.max(1, Math.min(fit || 1, chunksPerPage))
}

/** Popularity knows ids alone. An entity that is no longer there, or private, is passed over. */
async function popularStep(world: Pick<World, 'entities'>, worldId: string, plan: WarmPlan): Promise<Step> {
  const refs = plan.popular.flatMap(id => entityTypes.map(type => ({ type, id })))
  const found = (await world.entities(worldId, refs)).filter(entity => entity !== null)
  const members = found.map(({ type, id, active }) => ({ type, id, active: active !== false }))
  return { members, plan: { ...plan, phase: 'active' } }
}

async function pageStep(
  world: Pick<World, 'members'>,
  worldId: string,
  plan: WarmPlan,
  limit: number,
): Promise<Step> {
  const { after, phase } = plan
  const went = new Set(plan.popular)
  const page = await world.members(worldId, { limit, ...(after && { after }) })
  const last = page.at(-1)
  const others = plan.others || page.some(({ active }) => !active)
  if (!last) {
    const { after: _, ...from } = plan
    return { members: [], plan: { ...from, phase: phase === 'active' && others ? 'others' : 'done' } }
  }
  const members = page.filter(({ id, active }) => active === (phase === 'active') && !went.has(id))
  return { members, plan: { ...plan, others, after: { type: last.type, id: last.id } } }
}
