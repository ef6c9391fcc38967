import { readConfig } from '../config/read.ts'
import type { SharedIds } from '../world/neo4j/adopt.ts'
import { openNeo4j } from './open-neo4j.ts'
import { table } from './table.ts'
import { count, print, shown } from './terminal.ts'
import type { Flags } from './with-hearth.ts'

/** `hearth schema`: makes constraints and indexes, and with `--adopt` turns a plain world into an indexed one. */
export async function schema(flags: Flags & { adopt?: string }): Promise<void> {
  const config = readConfig({ flags, needs: ['neo4jUri'] })
  const world = openNeo4j(config)
  try {
    await world.ready()
    const made = await world.schema()
    const rows = made.map(({ name, on, outcome }) => [name, on, outcome])
    print(table(['name', 'on', 'outcome'], rows, Number.POSITIVE_INFINITY))
    for (const concern of await world.concerns()) print(`Beware: ${concern}.`)
    if (flags.adopt === undefined) return

    const worldId = flags.adopt
    const report = await world.adopt(worldId, {
      onProgress: soFar => print(`adopting ${shown(worldId)}: ${told(soFar)}`),
    })
    print(`${shown(worldId)} is indexed. Changed now: ${told(report)}.`)
    if (report.shared > 0) print(sharedIdsText(worldId, await world.sharedIds(worldId)))
  } finally {
    await world.close()
  }
}

/** What to do about ids that two worlds share; see docs/graph.md. */
function sharedIdsText(worldId: string, { count: all, examples }: SharedIds): string {
  const of = examples.map(({ type, id, otherWorldId }) => `${type} ${shown(id)} (of ${shown(otherWorldId)})`)
  const more = all > examples.length ? `, and ${count(all - examples.length)} more` : ''
  return (
    `Not adopted: ${count(all)} entities whose ids another world has too: ${of.join(', ')}${more}. ` +
    'In a graph without world ids their timelines cannot be told apart, so each of these worlds shows the events of ' +
    `both. Give one of them another id, or SET world_id = '${shown(worldId)}' on their nodes and on their Timelines, and adopt again.`
  )
}

/** `12 members, 12 timelines`. */
const told = (report: object): string =>
  Object.entries(report)
    .filter(([what]) => what !== 'shared')
    .map(([what, changed]) => `${count(Number(changed))} ${what}`)
    .join(', ')
