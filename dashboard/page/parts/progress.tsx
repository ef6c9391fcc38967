import { given } from '../data/given.ts'
import { boardLink, type Operation } from '../data/operations.ts'

/** An operation that was begun here: what, how far it is, and what came of it. */
export function Progress({ operation }: { operation: Operation }) {
  const { what, state, job, progress, hasFailed } = operation
  return (
    <li class={hasFailed ? 'failed' : ''}>
      <strong>{what}</strong> <span>{state}</span>
      {progress && <progress max={progress.total} value={progress.done} aria-label={`${what}: progress`} />}
      {job && given.operates && <a href={boardLink(job)}>in Bull Board</a>}
    </li>
  )
}
