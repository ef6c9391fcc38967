import { given } from '../../data/given.ts'
import { actOn, worldActions } from './actions.ts'

/** The buttons of what can be done to these worlds; `of` says which, for those who cannot see what they stand beside. */
export function ActionsBar({ worldIds, of }: { worldIds: readonly string[]; of: string }) {
  if (!given.operates) return null
  return (
    <div class="buttons">
      {worldActions.map(action => (
        <button
          key={action.doIt}
          type="button"
          disabled={worldIds.length === 0}
          aria-label={`${action.doIt} ${of}`}
          onClick={() => actOn(action, worldIds)}
        >
          {action.doIt}
        </button>
      ))}
    </div>
  )
}
