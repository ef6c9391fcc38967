import { operateMany } from '../../data/bulk.ts'
import { count } from '../../data/words.ts'

/** What can be done to worlds, one or many. */
export const worldActions = [
  {
    doIt: 'Warm',
    path: 'warm',
    text: 'A job for each world loads all of it that is not warm, four worlds at a time. Readers are not held up.',
  },
  {
    doIt: 'Refresh',
    path: 'refresh',
    text: 'The timelines that are read most are loaded anew. Readers have the present values until then.',
  },
  {
    doIt: 'Audit',
    path: 'audits',
    text: 'A sample of what is cached is compared with the source; what stays wrong is invalidated.',
  },
  {
    doIt: 'Invalidate',
    path: 'invalidate',
    body: { all: true },
    text: 'All that is cached is thrown away; the next reads load from the source, which has to bear that.',
  },
  {
    doIt: 'Activate',
    path: 'activation',
    text: 'It counts as played from now on: it is warmed, and what is read most is renewed before it expires.',
  },
  {
    doIt: 'Deactivate',
    path: 'activation',
    method: 'DELETE',
    text: 'It counts as no longer played: nothing of it is renewed, and what is cached stays until it expires.',
  },
] as const

export type WorldAction = (typeof worldActions)[number]

/** One request for each world. */
export const actOn = (action: WorldAction, worldIds: readonly string[]): Promise<void> =>
  operateMany({
    doIt: action.doIt,
    subject: worldIds.length === 1 ? String(worldIds[0]) : `${count(worldIds.length)} worlds`,
    text: action.text,
    requests: worldIds.map(id => ({
      name: id,
      url: `/api/v1/worlds/${encodeURIComponent(id)}/${action.path}`,
      ...('method' in action ? { method: action.method } : { body: 'body' in action ? action.body : {} }),
    })),
  })
