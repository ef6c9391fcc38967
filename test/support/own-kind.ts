import ts from 'typescript'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { HearthOptions } from '../../hearth/options.ts'
import * as library from '../../index.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { type HeldWorld, holdLoads } from './held-world.ts'
import { type Game, startGame } from './neo4j-game.ts'
import { blocksOf } from './pages.ts'
import { neo4jAuth, redisUrl } from './servers.ts'
import { fresh } from './setup.ts'

const page = 'docs/kinds.md'

/** The page's block of code that contains `about`. */
export function blockOf(about: string): string {
  const block = blocksOf(page).find(({ text }) => text.includes(about))
  if (!block) throw new Error(`${page} has no block of code that holds ${about}`)
  return block.text
}

export interface Quest {
  quest_id: string
  title: string
  state: string
}
export type QuestsKind = library.Kind<Quest[], 'entity'>

/** The kind that the page declares. Each call declares it again, as another process does. */
export function questsOfPage(): QuestsKind {
  const { outputText } = ts.transpileModule(blockOf("name: 'quests'"), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  })
  const body = outputText.replace(/^import .*$/gm, '').replace('export const', 'const')
  return new Function('defineKind', 'z', `${body}\nreturn quests`)(library.defineKind, z)
}

/**
 * Runs the page's block that contains `about`, in this world. Returns the result of each line, and the result that the
 * page shows.
 */
export async function runPage(
  about: string,
  worldId: string,
  given: Record<string, unknown>,
): Promise<{ answer: unknown; said: string }[]> {
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  const answers: { answer: unknown; said: string }[] = []
  for (const line of blockOf(about).trim().split('\n')) {
    const [code = '', said = ''] = line.replaceAll("'w1'", JSON.stringify(worldId)).split(' // ')
    const run = new AsyncFunction(...Object.keys(given), `return ${code}`)
    answers.push({ answer: await run(...Object.values(given)), said })
  }
  return answers
}

/** What is written on a page as a value. */
export const valueIn = (text: string): unknown => new Function(`return ${text}`)()

/** Gives quests, as the game itself does. */
export const giveQuest = ({ run }: Game, giver: string, quest: Partial<Quest> & { quest_id: string }) =>
  run(
    `MATCH (w:World {world_id: $worldId}) MERGE (w)-[:CONTAINS_QUEST]->(q:Quest {quest_id: $quest.quest_id})
     SET q += $quest, q.giver = $giver`,
    { giver, quest },
  )

export const well: Quest = { quest_id: 'q1', title: 'The well', state: 'open' }
export const mill: Quest = { quest_id: 'q2', title: 'The mill', state: 'open' }

/** A world of the game's in Neo4j whose character c1 gives a quest; c2 gives none. */
export async function playQuests(): Promise<Game> {
  const game = await startGame(neo4jAuth())
  onTestFinished(() => game.close())
  for (const id of ['c1', 'c2']) await game.addCharacter(id, { name: id })
  await giveQuest(game, 'c1', well)
  return game
}

/** A hearth in front of Neo4j that knows quests, or the kinds that are given; its loads are counted and can be held. */
export function openQuests({
  quests = questsOfPage(),
  kinds = [quests],
  prefix = fresh('q'),
  redis = redisUrl(),
  world: given,
  ...options
}: Partial<HearthOptions> & { quests?: QuestsKind; prefix?: string; redis?: string } = {}) {
  const world: HeldWorld = holdLoads(given ?? library.neo4jWorld({ ...neo4jAuth(), kinds }))
  const place = { address: redis, prefix }
  const hearth = openedHearth({ cache: redis, queuePrefix: prefix, world, kinds, ...options })
  onTestFinished(() => hearth.close())
  const entryOf = (worldId: string, id: string) => hearth.cache.keys.entry(quests, worldId, id)
  return { hearth, world, quests, place, entryOf }
}

/** What is cached of a world, by kind. */
export async function warmOf(
  hearth: library.Hearth & { cache: { inspect(id: string): Promise<unknown> } },
  worldId: string,
) {
  const { rows } = (await hearth.cache.inspect(worldId)) as {
    rows: { what: string; entries: number; absent: number }[]
  }
  return Object.fromEntries(rows.map(({ what, entries, absent }) => [what, { entries, absent }]))
}
