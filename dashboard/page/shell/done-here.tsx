import { operations } from '../data/operations.ts'
import { Progress } from '../parts/progress.tsx'

/** What was begun on this page, and what comes of it. */
export function DoneHere() {
  if (operations.value.length === 0) return null
  return (
    <section class="panel" aria-label="Jobs begun here">
      <h2>Done here</h2>
      <ul class="operations" aria-live="polite">
        {operations.value.map(operation => (
          <Progress key={operation.key} operation={operation} />
        ))}
      </ul>
    </section>
  )
}
