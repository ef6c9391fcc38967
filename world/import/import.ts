import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { asError, HearthError } from '../../model/errors.ts'
import { idProblem } from '../../model/ids.ts'
import { jsonProblem } from '../../model/input.ts'
import { parseJsonText } from '../../model/json.ts'
import { parseTimestamp } from '../../model/timestamp.ts'
import type { World } from '../world.ts'
import { type FillOptions, fillWorld, type WorldSource } from './fill.ts'
import { entityLine, eventLine, linesOf, metaFile, textOf } from './folder-lines.ts'

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

const reportedLines = 20

/**
 * Reads a folder of `entities.ndjson`, and if they are there `events.ndjson` and `meta.json`, to its end, and holds
 * nothing of it but the ids of its entities. What is handed out afterwards has been found good already, and is read from
 * the files anew, one line at a time.
 *
 * @throws HearthError `InvalidInput`, naming file, line and field of the first 20 bad lines and how many more
 */
export async function openFolder(folder: string) {
  const entitiesFile = join(folder, 'entities.ndjson')
  const eventsFile = join(folder, 'events.ndjson')
  await mustExist(folder, entitiesFile)
  const hasEvents = await exists(eventsFile)
  const bad = createBadLines()

  const name = await nameIn(join(folder, 'meta.json'), bad)
  const ids = new Set<string>()
  const entities = await checked({ file: entitiesFile, shape: entityLine, bad }, ({ id }) => {
    if (ids.has(id)) return `id: ${JSON.stringify(id)} stands on an earlier line; each id once`
    ids.add(id)
    return undefined
  })
  let newest: { at: bigint; text: string } | undefined
  const events = !hasEvents
    ? 0
    : await checked({ file: eventsFile, shape: eventLine, bad }, ({ timestamp }) => {
        const at = parseTimestamp(timestamp)
        if (at !== null && (!newest || at > newest.at)) newest = { at, text: timestamp }
        return undefined
      })
  bad.throwIfAny()

  const places = new WeakMap<object, string>()
  return {
    /** As `meta.json` says, where it does. */
    name,
    counts: { entities, events },
    /** The timestamp of the newest event, as it is written there. */
    newest: newest?.text ?? null,
    entities: trusted(entitiesFile, entityLine, places),
    events: hasEvents ? trusted(eventsFile, eventLine, places) : [],
    placeOf: (item: object) => places.get(item),
  } satisfies Omit<WorldSource, 'snapshot'> & Record<'name' | 'newest', string | null>
}

/** Counts the good lines of a file, and notes the bad ones. */
async function checked<T>(
  { file, shape, bad }: { file: string; shape: z.ZodType<T>; bad: BadLines },
  problemOf: (item: T) => string | undefined,
): Promise<number> {
  let good = 0
  for await (const { number, text } of linesOf(file)) {
    const item = parsed(shape, text)
    const problem = 'problem' in item ? item.problem : problemOf(item.value)
    if (problem === undefined) good++
    else bad.add(`${file}:${number}: ${problem}`)
  }
  return good
}

/** @throws HearthError `InvalidInput` should the file have changed since it was checked */
async function* trusted<T extends object>(
  file: string,
  shape: z.ZodType<T>,
  places: WeakMap<object, string>,
): AsyncGenerator<T> {
  for await (const { number, text } of linesOf(file)) {
    const item = parsed(shape, text)
    if ('problem' in item) throw new HearthError('InvalidInput', `${file}:${number}: ${item.problem}`)
    places.set(item.value, `${file}:${number}`)
    yield item.value
  }
}

function parsed<T>(shape: z.ZodType<T>, text: string | null): { value: T } | { problem: string } {
  if (text === null) return { problem: 'must be UTF-8 text' }
  let json: unknown
  try {
    json = parseJsonText(text)
  } catch (error) {
    return { problem: `must be one JSON object (${asError(error).message})` }
  }
  const { success, data, error } = shape.safeParse(json)
  if (success) {
    const problem = jsonProblem(json, '', { far: true })
    return problem === null ? { value: data } : { problem }
  }
  const problems = error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  )
  return { problem: problems.join('; ') }
}

async function nameIn(file: string, bad: BadLines): Promise<string | null> {
  if (!(await exists(file))) return null
  const meta = parsed(metaFile, textOf([await readFile(file)]))
  if ('value' in meta) return meta.value.name ?? null
  bad.add(`${file}: ${meta.problem}`)
  return null
}

type BadLines = ReturnType<typeof createBadLines>

/** The first bad lines of a folder, and how many there are. */
function createBadLines() {
  const first: string[] = []
  let count = 0
  return {
    add(line: string): void {
      count++
      if (first.length < reportedLines) first.push(line)
    },
    throwIfAny(): void {
      if (count === 0) return
      const rest = count > first.length ? [`and ${count - first.length} more`] : []
      const head = `${count} bad ${count === 1 ? 'line' : 'lines'}, so nothing was written`
      throw new HearthError('InvalidInput', [`${head}:`, ...first, ...rest].join('\n  '))
    },
  }
}

async function mustExist(folder: string, entitiesFile: string): Promise<void> {
  if (await exists(entitiesFile)) return
  const found = await stat(folder).catch(() => undefined)
  const problem = found?.isDirectory()
    ? 'has no entities.ndjson; each of its lines is one entity'
    : 'must be a folder with an entities.ndjson in it'
  throw new HearthError('InvalidInput', `folder: ${folder} ${problem}`)
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    found => found.isFile(),
    () => false,
  )
