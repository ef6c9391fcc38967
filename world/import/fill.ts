import { HearthError } from '../../model/errors.ts'
import type { Flags, NewEntity, NewEvent, Snapshot } from '../../model/world-data.ts'
import { inBatches } from '../in-batches.ts'
import type { World } from '../world.ts'

/** Anything that can be written into a world: a folder, or a generated world. */
export interface WorldSource {
  /** Only the fields that it knows; those that it does not name stay as the world has them. */
  snapshot: Partial<Snapshot>
  flags?: Flags
  /** Each iterated once. */
  entities: Iterable<NewEntity> | AsyncIterable<NewEntity>
  events: Iterable<NewEvent> | AsyncIterable<NewEvent>
  /** How many of each there are, for the progress. */
  counts: { entities: number; events: number }
  /** Where an entity or event comes from, such as a file's line, for the error that names it. */
  placeOf?: (item: NewEntity | NewEvent) => string | undefined
}

/** Entities and events written, of all there are. */
export interface FillProgress {
  done: number
  total: number
}

export interface FillOptions {
  /** Entities or events of one write. Default: 500. */
  batchSize?: number
  /** Called after each write. */
  onProgress?: (progress: FillProgress) => void
}

/**
 * Writes a source into a world, which is made on the way: the snapshot, then all entities, then the events, which
 * need their entities. Holds one batch at a time. Idempotent, so that it may be repeated where it broke off.
 *
 * @throws HearthError `InvalidInput` for a batch size that is no whole number from 1 on; what the world refuses, with
 * the place of the first entity or event that it refuses
 */
export async function fillWorld(
  world: World,
  worldId: string,
  source: WorldSource,
  { batchSize = 500, onProgress }: FillOptions = {},
): Promise<void> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new HearthError('InvalidInput', `batchSize: ${batchSize} must be a whole number, 1 or more`)
  }
  const total = source.counts.entities + source.counts.events
  let done = 0
  const written = (count: number) => {
    done += count
    onProgress?.({ done, total })
  }

  await world.saveSnapshot(worldId, source.snapshot)
  if (source.flags) await world.setFlags(worldId, source.flags)
  for await (const batch of inBatches(source.entities, batchSize)) {
    await writeBatch(batch, items => world.putEntities(worldId, items), source)
    written(batch.length)
  }
  for await (const batch of inBatches(source.events, batchSize)) {
    await writeBatch(batch, items => world.addEvents(worldId, items), source)
    written(batch.length)
  }
}

/** Writes a refused batch in halves until it is known which item is at fault. */
async function writeBatch<T extends NewEntity | NewEvent>(
  batch: readonly T[],
  write: (items: readonly T[]) => Promise<unknown>,
  { placeOf }: Pick<WorldSource, 'placeOf'>,
): Promise<void> {
  try {
    await write(batch)
  } catch (error) {
    const [first] = batch
    const isRefused = error instanceof HearthError && ['WorldRefused', 'InvalidInput'].includes(error.code)
    if (!isRefused || !placeOf || !first) throw error
    if (batch.length === 1) {
      const message = `${placeOf(first)}: ${error.message}; the lines before it are written: mend it and import again`
      throw new HearthError(error.code, message, { cause: error.cause })
    }
    const middle = Math.ceil(batch.length / 2)
    await writeBatch(batch.slice(0, middle), write, { placeOf })
    await writeBatch(batch.slice(middle), write, { placeOf })
  }
}
