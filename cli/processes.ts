import { table } from './table.ts'
import { duration, print } from './terminal.ts'
import { type Flags, withHearth } from './with-hearth.ts'

/** `hearth processes`: the processes of the fleet, and in what their configurations differ. */
export const processes = (flags: Flags & { json?: true }): Promise<void> =>
  withHearth(flags, {}, async ({ operations }) => {
    const found = await operations.processes()
    if (flags.json) return print(JSON.stringify(found))
    if (found.length === 0) return print('No process announces itself here.')
    const rows = found.map(({ name, by, since, differences }) => [
      name,
      by,
      since === null ? '' : duration(Date.now() - since),
      differences.map(({ part, here, there }) => `${part}: ${there ?? 'none'}, others ${here ?? 'none'}`),
    ])
    print(table(['process', 'host and number', 'runs for', 'differs in'], rows, 4))
  })
