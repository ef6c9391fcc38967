import { readConfig } from '../config/read.ts'
import { importFolder } from '../world/import/import.ts'
import { openNeo4j } from './open-neo4j.ts'
import { showProgress } from './progress.ts'
import { count, duration, print, shown } from './terminal.ts'
import type { Flags } from './with-hearth.ts'

/** `hearth import`: writes a folder of ndjson into Neo4j. */
export async function importWorld(
  folder: string,
  flags: Flags & { world: string; graph: 'indexed' | 'plain' },
): Promise<void> {
  const config = readConfig({ flags, needs: ['neo4jUri'] })
  const world = openNeo4j(config, { graph: flags.graph })
  const progress = showProgress(`importing ${flags.world}`, 'entities and events')
  try {
    await world.ready()
    if (flags.graph === 'indexed') await world.schema() // without its indexes each batch would search the graph
    const started = performance.now()
    const report = await importFolder({ world, folder, worldId: flags.world, onProgress: progress.show })
    progress.end()
    print(
      `${shown(report.worldId)} (${shown(report.worldName)}): ${count(report.entities)} entities and ` +
        `${count(report.events)} events in ${duration(performance.now() - started)}.`,
    )
  } finally {
    progress.end()
    await world.close()
  }
}
