import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { neo4jWorld } from '../../index.ts'
import { createBoardFile } from '../register/board.ts'
import { registerIds } from '../support/registers.ts'
import { openReporting, type Reporting } from '../support/reporting.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'
import { type Distrust, distrustsOf, lateShare, trustedAfter, type Waited } from './distrust.ts'
import { startHearthProcesses } from './hearth-processes.ts'
import { type GameMessage, type GameSetup, type GameStatus, registersOf, type Span } from './messages.ts'
import type { Shape } from './shapes.ts'

/** Something that happens to servers while two games play on them. Afterwards the servers are as before. */
export interface Fault<S extends Shape> {
  name: string
  /** Whether the short form of the test has it. */
  short?: boolean
  /** The worlds whose servers it concerns: in the others the games should notice nothing. Default: all. */
  concerns?(shape: S): readonly string[]
  /** Why the games notice something in the other worlds as well. */
  touchesOthers?: string
  run(shape: S, course: Course): Promise<void>
}

/** What a fault tells of the servers, and learns of the games. */
export interface Course {
  /** From now on every slot has a primary that answers, and its replicas follow it, except those that are dead. */
  well(): void
  /** Until now. */
  broken(): void
  /** Resolves when every game trusts all that is cached, and its changes are acknowledged. */
  untilTrusted(): Promise<void>
}

/** What two games saw while a fault happened. */
export interface Seen {
  reads: number
  writes: number
  acknowledged: number
  stale: number
  /** Examples of stale reads. */
  examples: string[]
  lost: string[]
  failedReads: string[]
  failedWrites: string[]
  /** How long worlds that the fault concerns were not trusted after the servers were well. */
  trustedAfter: Waited
  /** When worlds that the fault does not concern were not trusted. */
  othersDistrusted: Distrust[]
  lateShare: number
}

const games = 2
const limitMs = 150_000
const file = fileURLToPath(new URL('game.ts', import.meta.url))
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
const trustsAll = ({ worlds }: GameStatus) => Object.values(worlds).every(({ isTrusted }) => isTrusted)

/** After a fault has begun: what was acknowledged shortly before must be read, though half of it is not written again. */
const holdAfterMs = 1_200
/** A process may need this long to notice what happened, and until then trusts. Milliseconds. */
const noticedMs = 3_000

/** Two games, a worker and a scheduler on a shape, each of them a process, until the test ends. */
export async function openSession<S extends Shape>(
  shape: S,
): Promise<{ seeFault(fault: Fault<S>): Promise<Seen> }> {
  const { worlds } = shape
  const playing = await openGames(shape)
  const tell = (message: GameMessage) => playing.send(message)
  let run = 0

  /** Of reports of this run alone. */
  const until = (wanted: (game: GameStatus) => boolean, what: string) =>
    playing.until(all => all.every(game => game.run === run && wanted(game)), what)

  async function untilTrusted(): Promise<void> {
    const more = 20
    await sleep(noticedMs)
    await until(() => true, 'every game has reported')
    const before = sum(playing.statuses().map(({ acknowledged }) => acknowledged))
    await playing.until(
      all => all.every(trustsAll) && sum(all.map(({ acknowledged }) => acknowledged)) >= before + more,
      `every game trusts all, and ${more} more changes are acknowledged`,
    )
  }

  async function seeFault(fault: Fault<S>): Promise<Seen> {
    const well: Span[] = []
    run += 1
    tell('start')
    await untilTrusted()
    const since = Date.now()
    const concerned = fault.concerns?.(shape) ?? worlds
    const others = worlds.filter(id => !concerned.includes(id))
    const holding = setTimeout(() => tell('hold'), holdAfterMs)
    onTestFinished(() => clearTimeout(holding))
    await fault.run(shape, {
      well: () => void well.push({ from: Date.now(), to: Number.POSITIVE_INFINITY }),
      broken: () => void well.splice(-1, 1, { from: well.at(-1)?.from ?? Date.now(), to: Date.now() }),
      untilTrusted,
    })
    await untilTrusted()
    tell('rest')
    await until(({ rests }) => rests, 'every game rests')
    tell('compare')
    await until(({ hasCompared }) => hasCompared, 'every game has compared')

    const all = playing.statuses()
    return {
      reads: sum(all.map(game => game.reads)),
      writes: sum(all.map(game => game.writes)),
      acknowledged: sum(all.map(game => game.acknowledged)),
      stale: sum(all.map(game => game.staleReads)),
      examples: all.flatMap(game => game.stale),
      lost: all.flatMap(game => game.lost),
      failedReads: all.flatMap(game => game.failedReads),
      failedWrites: all.flatMap(game => game.failedWrites),
      trustedAfter: trustedAfter(all, concerned, well),
      othersDistrusted: distrustsOf(all, others, since),
      lateShare: lateShare(all, since),
    }
  }
  return { seeFault }
}

async function openGames({ worlds, cache, cacheReplicas }: Shape): Promise<Reporting<GameStatus>> {
  await plant(worlds)
  const folder = await mkdtemp(join(tmpdir(), 'hearth-many-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const boardFile = join(folder, 'board')
  createBoardFile(boardFile, registersOf(worlds).length, games)
  const place = { cache, cacheReplicas, queue: redisUrl(), queuePrefix: fresh('q'), neo4jAuth: neo4jAuth() }
  await startHearthProcesses(place)
  const setups = Array.from(
    { length: games },
    (_, index): GameSetup => ({ ...place, worlds, boardFile, index, games }),
  )
  const playing = await openReporting<GameStatus>({ file, setups, limitMs })
  onTestFinished(playing.kill)
  return playing
}

async function plant(worlds: readonly string[]): Promise<void> {
  const world = neo4jWorld(neo4jAuth())
  for (const id of worlds) {
    await world.saveSnapshot(id, {})
    await world.putEntities(
      id,
      registerIds.map(name => ({ type: 'character', id: name, name, props: {} })),
    )
  }
  await world.close()
}
