import { type Change, changeSchema, changesSchema } from '../model/changes.ts'
import { idProblem } from '../model/ids.ts'
import type { OutboxNode } from '../model/outbox-node.ts'
import { messageOf } from '../model/parse.ts'
import type { Target } from '../model/world-data.ts'

/** A target that a recorded change made stale. */
export interface RecordedTarget {
  worldId: string
  target: Target
  /** The version that invalidating it gave its world; null where that is still to be done. */
  version: number | null
  recordedAtMs?: number
}

/** A node, and the changes that are delivered for it. */
export interface Sorted {
  node: OutboxNode
  changes: Change[]
  /** Why it is then set aside; absent where it was understood. */
  refused?: string
}

const maxReason = 500

/** What of a change does not fit the kind that it names, after its place in the change; null where it does. */
export type ProblemOf = (change: Change) => string | null

/**
 * What is delivered for each node. Of a node that cannot be understood it is what can be: those of its changes that are
 * right, and its world's flags and snapshot, which would never expire; nothing where its world is not known.
 */
export function sortOut(nodes: readonly OutboxNode[], problemOf: ProblemOf = () => null): Sorted[] {
  return nodes.map(node => {
    const worldProblem = idProblem(node.worldId)
    const changes = changesSchema.safeParse(node.changes)
    const misfits = changes.success ? misfitsOf(changes.data, problemOf) : []
    if (worldProblem === null && changes.success && misfits.length === 0)
      return { node, changes: changes.data }
    const reasons = [
      ...(worldProblem === null ? [] : [`world_id ${worldProblem}`]),
      ...(node.unreadable === undefined ? [] : [node.unreadable]),
      ...misfits,
      ...(changes.success || node.unreadable !== undefined ? [] : [messageOf(changes.error, 'changes')]),
    ]
    return {
      node,
      changes: worldProblem === null ? salvaged(node.changes, problemOf) : [],
      refused: shortened(reasons.join('; ')),
    }
  })
}

/** The reason with which a node is set aside; it may name every problem, of which there may be thousands. */
export const shortened = (reason: string): string => reason.slice(0, maxReason)

const misfitsOf = (changes: readonly Change[], problemOf: ProblemOf): string[] =>
  changes.flatMap((change, i) => {
    const problem = problemOf(change)
    return problem === null ? [] : `changes.${i}.${problem}`
  })

function salvaged(changes: unknown, problemOf: ProblemOf): Change[] {
  const right = Array.isArray(changes) ? changes.slice(0, maxSalvaged) : []
  const understood = right
    .flatMap(change => changeSchema.safeParse(change).data ?? [])
    .filter(change => problemOf(change) === null)
  return [{ kind: 'flags-changed' }, { kind: 'snapshot-changed' }, ...understood]
}

/** As many changes as a node may have. */
const maxSalvaged = 10_000

/** What is to be invalidated for these nodes, at most `most` at a time, however many entities their changes name. */
export function* payloadsOf(
  nodes: readonly Sorted[],
  targetsOf: (changes: readonly Change[]) => Target[],
  most: number,
): Generator<RecordedTarget[]> {
  let payloads: RecordedTarget[] = []
  for (const { node, changes } of nodes) {
    for (const target of targetsOf(changes)) {
      const since = node.recordedAtMs > 0 ? { recordedAtMs: node.recordedAtMs } : {}
      payloads.push({ worldId: node.worldId, target, version: null, ...since })
      if (payloads.length < most) continue
      yield payloads
      payloads = []
    }
  }
  if (payloads.length > 0) yield payloads
}

/** How long ago the oldest of them was recorded, in milliseconds; 0 where none says. */
export function ageOf(nodes: readonly OutboxNode[]): number {
  const now = Date.now()
  return nodes.reduce((oldest, { recordedAtMs }) => {
    return recordedAtMs > 0 ? Math.max(oldest, now - recordedAtMs) : oldest
  }, 0)
}
