import { HearthError } from '../../model/errors.ts'
import { idProblem } from '../../model/ids.ts'
import type { World } from '../world.ts'
import { type FillOptions, fillWorld } from './fill.ts'
import { openFolder } from './folder.ts'

export interface ImportOptions extends FillOptions {
  world: World
  /** Holds `entities.ndjson`, and if wanted `events.ndjson` and `meta.json`. */
  folder: string
  worldId: string
}

/** What was written. Names in events that are no entity of the world are kept in the event and get no timeline. */
export interface ImportReport {
  worldId: string
  worldName: string
  entities: number
  events: number
}

/**
 * Writes a folder into a world, and makes the world if there is none; what a world says of itself already (name,
 * status, time, flags) stays. A bad line anywhere means that nothing is written at all. Idempotent: repeated, it
 * changes nothing.
 *
 * @throws HearthError `InvalidInput`, naming each bad line by file and number; `WorldRefused`, naming the line that
 * the source refuses for what else it holds (a constraint of the game's): the lines before it are written then
 */
export async function importFolder(options: ImportOptions): Promise<ImportReport> {
  const { world, folder: path, worldId, ...fillOptions } = options
  const problem = idProblem(worldId)
  if (problem !== null)
    throw new HearthError('InvalidInput', `worldId: ${JSON.stringify(worldId)} ${problem}`)
  const folder = await openFolder(path)
  const before = await world.snapshot(worldId)
  const snapshot = {
    world_name: before?.world_name ?? folder.name ?? worldId,
    world_status: before?.world_status ?? 'active',
    current_time: before?.current_time ?? folder.newest,
  }
  await fillWorld(world, worldId, { ...folder, snapshot }, fillOptions)
  return { worldId, worldName: snapshot.world_name, ...folder.counts }
}
