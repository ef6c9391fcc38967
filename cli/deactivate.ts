import { print, shown } from './terminal.ts'
import { connectFirst, type Flags, withHearth } from './with-hearth.ts'

/** `hearth deactivate`: the world is no longer played, so the rounds leave it alone. */
export const deactivate = (worldId: string, flags: Flags): Promise<void> =>
  withHearth(flags, {}, async ({ hearth, config }) => {
    await connectFirst({ hearth, config })
    const outcome = await hearth.deactivated(worldId)
    const deferred = 'Redis does not answer: it counts as idle after an hour without reads.'
    print(outcome === 'deferred' ? deferred : `${shown(worldId)} is no longer refreshed.`)
  })
