import { HearthError } from '../errors.ts'
import { id } from '../ids.ts'
import { type Change, changesSchema } from './changes.ts'
import type { InvalidatePayload, Target } from './invalidate.ts'
import { parsePayload } from './payload.ts'

/** Changes that were recorded with the truth, as they were found: another program may have written anything. */
export interface RecordedChanges {
  /** Tells it from all others that are there now. */
  ref: string
  id: string
  worldId: string
  changes: unknown
  /** Milliseconds since 1970; 0 where it is not known. */
  recordedAtMs: number
}

/** A node whose changes can be delivered. */
export interface Sound<Node> {
  node: Node
  changes: Change[]
}

const longestReason = 500

/** Parts what can be delivered from what never can, by the reason why not. */
export function sortOut<Node extends RecordedChanges>(
  nodes: readonly Node[],
): { sound: Sound<Node>[]; refused: Map<string, Node[]> } {
  const sound: Sound<Node>[] = []
  const refused = new Map<string, Node[]>()
  for (const node of nodes) {
    try {
      parsePayload(id, node.worldId, 'world_id')
      sound.push({ node, changes: parsePayload(changesSchema, node.changes, 'changes') })
    } catch (error) {
      if (!(error instanceof HearthError)) throw error
      const reason = error.message.slice(0, longestReason) // it names every problem, of which there may be thousands
      refused.set(reason, [...(refused.get(reason) ?? []), node])
    }
  }
  return { sound, refused }
}

/** What is to be invalidated for these nodes, at most `most` at a time, however many entities their changes name. */
export function* payloadsOf(
  nodes: readonly Sound<RecordedChanges>[],
  targetsOf: (changes: readonly Change[]) => Target[],
  most: number,
): Generator<InvalidatePayload[]> {
  let payloads: InvalidatePayload[] = []
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
export function ageOf(nodes: readonly RecordedChanges[]): number {
  const now = Date.now()
  return nodes.reduce((oldest, { recordedAtMs }) => {
    return recordedAtMs > 0 ? Math.max(oldest, now - recordedAtMs) : oldest
  }, 0)
}
