import { sortBy } from 'es-toolkit'
import type { Action } from '../actions.ts'
import type { Step } from './history.ts'
import { mergeAway } from './merge.ts'
import type { Away, Build } from './sample.ts'

/** What happened at a moment of the history. Times in milliseconds since 1970. */
export type Mark =
  | ({ type: 'outage' } & Away)
  | { type: 'deployment'; at: number; version: string; config: string }
  | { type: 'action'; at: number; who: string; what: string; on: string; status: number }

export const timeOf = (mark: Mark): number => (mark.type === 'outage' ? mark.from : mark.at)

/** Marks of these steps, the oldest first, and the newest of too many. */
export function marksOf(steps: readonly Step[], actions: readonly Action[], max = 200): Mark[] {
  const marks: Mark[] = [
    ...mergeAway(steps.flatMap(({ away }) => away)).map(away => ({ type: 'outage' as const, ...away })),
    ...deploymentsOf(steps),
    ...actions
      .filter(({ at }) => at >= (steps[0]?.at ?? 0))
      .map(({ at, who, what, on, status }) => ({ type: 'action' as const, at, who, what, on, status })),
  ]
  return sortBy(marks, [timeOf]).slice(-max)
}

/** A version or configuration that runs in a step, and did not in the last step for which that is known. */
function deploymentsOf(steps: readonly Step[]): Mark[] {
  const marks: Mark[] = []
  let before: Set<string> | undefined
  for (const { at, builds } of steps) {
    if (!builds) continue
    const running = new Set(builds.map(nameOf))
    for (const build of before ? builds : []) {
      if (before?.has(nameOf(build))) continue
      const { version, config, since } = build
      marks.push({ type: 'deployment', at: Math.max(at, since ?? at), version, config })
    }
    before = running
  }
  return marks
}

const nameOf = ({ version, config }: Build) => `${version} ${config}`
