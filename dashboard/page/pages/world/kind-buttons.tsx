import { operateMany } from '../../data/bulk.ts'

/** What can be done to all entries of a kind. */
const kindActions = [
  {
    doIt: 'Warm',
    path: 'warm',
    text: 'A job loads what of it is not warm, as far as a warming brings it in. Readers are not held up.',
  },
  {
    doIt: 'Refresh',
    path: 'warm',
    body: { force: true },
    text: 'A job loads all of it anew that a warming brings in. Readers have the present values until then.',
  },
  {
    doIt: 'Audit',
    path: 'audits',
    text: 'All of it that is cached is compared with the source; what stays wrong is invalidated.',
  },
  {
    doIt: 'Invalidate',
    path: 'invalidate',
    text: 'All of it that is cached is thrown away; the next reads load from the source, which has to bear that.',
  },
] as const

type KindAction = (typeof kindActions)[number]

interface KindButtonsProps {
  worldId: string
  kind: string
}

/** The buttons of a kind of a world, of all its types. */
export const KindButtons = ({ worldId, kind }: KindButtonsProps) => (
  <span class="buttons">
    {kindActions.map(action => (
      <button
        key={action.doIt}
        type="button"
        aria-label={`${action.doIt} ${kind} of ${worldId}`}
        onClick={() => actOn(action, { worldId, kind })}
      >
        {action.doIt}
      </button>
    ))}
  </span>
)

const actOn = (action: KindAction, { worldId, kind }: KindButtonsProps): Promise<void> =>
  operateMany({
    doIt: action.doIt,
    subject: `${kind} of ${worldId}`,
    text: action.text,
    requests: [
      {
        name: worldId,
        url: `/api/v1/worlds/${encodeURIComponent(worldId)}/${action.path}`,
        body: { kinds: [kind], ...('body' in action && action.body) },
      },
    ],
  })
