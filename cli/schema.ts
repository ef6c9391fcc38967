import { readConfig } from '../config.ts'
import { count } from './amounts.ts'
import { openNeo4j } from './connect.ts'
import { print } from './print.ts'
import type { Flags } from './setting-flags.ts'
import { shown } from './shown.ts'
import { table } from './table.ts'

/** `hearth schema`: makes constraints and indexes, and with `--adopt` turns a plain world into an indexed one. */
export async function schema(flags: Flags & { adopt?: string }): Promise<void> {
  const config = readConfig({ flags, needs: ['neo4jUri'] })
  const world = openNeo4j(config)
  try {
    await world.ready()
    const made = await world.schema()
    const rows = made.map(({ name, on, outcome }) => [name, on, outcome])
    print(table(['name', 'on', 'outcome'], rows, Number.POSITIVE_INFINITY))
    if (flags.adopt === undefined) return

    const worldId = flags.adopt
    const report = await world.adopt(worldId, {
      onProgress: soFar => print(`adopting ${shown(worldId)}: ${told(soFar)}`),
    })
    print(`${shown(worldId)} is indexed. Changed now: ${told(report)}.`)
  } finally {
    await world.close()
  }
}

/** `12 members, 12 timelines`. */
const told = (report: object): string =>
  Object.entries(report)
    .map(([what, changed]) => `${count(Number(changed))} ${what}`)
    .join(', ')
