import { entityTypes, type Member } from '../../model/world-data.ts'
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

/** A world that is being warmed, and how much of it at a time. */
export interface Warming {
  world: Pick<World, 'members' | 'entities'>
  worldId: string
  chunkSize: number
  budget: WarmBudget
  /** Of the budget, so far. */
  usedBytes: number
}

/**
 * What is urgent has been warmed before. First the other entities that are read most, then the active ones by their ids, then, without their timelines, the others;
 * until the world, or the budget, comes to its end.
 */
export async function nextStep(warming: Warming, plan: WarmPlan): Promise<Step> {
  const { entities: maxEntities = Infinity, bytes: maxBytes = Infinity } = warming.budget
  if (plan.entities >= maxEntities || warming.usedBytes >= maxBytes) {
    return { members: [], plan: { ...plan, phase: 'over-budget' } }
  }
  const step = await (plan.phase === 'popular' ? popularStep(warming, plan) : pageStep(warming, plan))
  const members = step.members.slice(0, maxEntities - plan.entities)
  return { members, plan: { ...step.plan, entities: plan.entities + members.length } }
}

/** As many chunks as will fit, by what the entities so far were like; one to find that out. */
function chunksFor({ chunkSize, budget, usedBytes }: Warming, plan: WarmPlan): number {
  if (budget.bytes === undefined) return chunksPerPage
  const bytesAnEntity = usedBytes / plan.entities
  const fit = Math.floor((budget.bytes - usedBytes) / bytesAnEntity / chunkSize)
  return Math.max(1, Math.min(fit || 1, chunksPerPage))
}

async function popularStep({ world, worldId }: Warming, plan: WarmPlan): Promise<Step> {
  const members = await membersNamed(world, worldId, plan.popular.slice(plan.urgent))
  return { members, plan: { ...plan, phase: 'active' } }
}

/** Popularity knows ids alone. An entity that is no longer there, or private, is passed over. */
export async function membersNamed(
  world: Pick<World, 'entities'>,
  worldId: string,
  ids: readonly string[],
): Promise<Member[]> {
  if (ids.length === 0) return []
  const refs = ids.flatMap(id => entityTypes.map(type => ({ type, id })))
  const found = (await world.entities(worldId, refs)).filter(entity => entity !== null)
  return found.map(({ type, id, active }) => ({ type, id, active: active !== false }))
}

async function pageStep(warming: Warming, plan: WarmPlan): Promise<Step> {
  const { world, worldId, chunkSize } = warming
  const { after, phase, ...start } = plan
  const went = new Set(plan.popular)
  const limit = chunkSize * chunksFor(warming, plan)
  const page = await world.members(worldId, { limit, ...(after && { after }) })
  const last = page.at(-1)
  const others = plan.others || page.some(({ active }) => !active)
  if (!last)
    return { members: [], plan: { ...start, phase: phase === 'active' && others ? 'others' : 'done' } }
  const members = page.filter(({ id, active }) => active === (phase === 'active') && !went.has(id))
  return { members, plan: { ...plan, others, after: { type: last.type, id: last.id } } }
}
