// A game of `npm run test:many`: reads registers of all worlds, writes its share of them, and compares each read with what
// any game had acknowledged before the read began.
import { setTimeout as sleep } from 'node:timers/promises'
import { HearthError, neo4jWorld } from '../../index.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { openBoard } from '../register/board.ts'
import { readRegister, readSource, trusts, writeRegister } from '../support/registers.ts'
import { createActing } from './acting.ts'
import { watchMachine } from './control.ts'
import { type GameSetup, type GameStatus, type Progress, registersOf, type WorldSeen } from './messages.ts'

const setup = JSON.parse(process.argv[2] ?? '{}') as GameSetup
const { cache, cacheReplicas, queue, queuePrefix, worlds, boardFile, index, games } = setup

const world = neo4jWorld(setup.neo4jAuth)
const hearth = openedHearth({
  cache,
  cacheReplicas,
  queue,
  queuePrefix,
  world,
  outageCache: { lifeMs: 0 }, // while Redis is away it may be up to a second behind other processes, as docs/outages.md says
})
const board = openBoard({ file: boardFile, processes: games, index })
const all = registersOf(worlds).map((one, number) => ({ ...one, number }))

const acting = createActing({ freshStatus, act, compare })
let counter = 0

function freshStatus(): Omit<GameStatus, keyof Progress> {
  const nothing = (): WorldSeen => ({ distrust: [], isTrusted: true })
  return {
    reads: 0,
    worlds: Object.fromEntries(worlds.map(id => [id, nothing()])),
    writes: 0,
    acknowledged: 0,
    failedReads: [],
    failedWrites: [],
    staleReads: 0,
    stale: [],
    lost: [],
    late: [],
  }
}

const isTrusted = (worldId: string) => trusts(hearth, worldId)
const pick = <T>(items: readonly T[]) => items[Math.floor(Math.random() * items.length)] as T
const codeOf = (error: unknown) =>
  error instanceof HearthError ? `${error.code}: ${error.message}` : String(error)

const lookEveryMs = 10
let lookedAt = 0

/** By a clock, not by reads: those that are not trusted are slow. */
function lookAtTrust(): void {
  const now = Date.now()
  for (const [worldId, one] of Object.entries(acting.status.worlds)) {
    one.isTrusted = isTrusted(worldId)
    if (one.isTrusted) continue
    const last = one.distrust.at(-1)
    if (last?.to === lookedAt) last.to = now
    else one.distrust.push({ from: now, to: now })
  }
  lookedAt = now
}

async function check({ register, worldId, number }: (typeof all)[number]): Promise<void> {
  const least = board.least(number)
  const trusted = isTrusted(worldId)
  acting.status.reads += 1
  const from = Date.now()
  const found = await readRegister[register](hearth, worldId)
  if (found >= least) return
  acting.status.staleReads += 1
  if (acting.status.stale.length < 5)
    acting.status.stale.push(
      `${register} ${worldId}: read ${found} after ${least}, ${trusted ? '' : 'not '}trusted, then ` +
        `${isTrusted(worldId) ? '' : 'not '}trusted, at ${from % 1_000_000} for ${Date.now() - from} ms`,
    )
}

/** Every second one of each game's. */
const isHeld = (number: number) => Math.floor(number / games) % 2 === 0

async function write({ register, worldId, number }: (typeof all)[number]): Promise<void> {
  if (acting.holds && isHeld(number)) return
  const n = ++counter * games + index // no other game's event has this id
  acting.status.writes += 1
  if (!(await writeRegister[register]({ hearth, world, worldId, n }))) return
  board.acknowledge(number, n)
  acting.status.acknowledged += 1
}

async function repeat(
  act: () => Promise<void>,
  failed: 'failedReads' | 'failedWrites',
  pauseMs: number,
): Promise<void> {
  while (acting.running) {
    await act().catch(error => acting.status[failed].push(codeOf(error)))
    await sleep(Math.random() * pauseMs)
  }
}

const readers = 3
const readPauseMs = 20
const writePauseMs = 3_000
function act(): Promise<unknown> {
  // A register has one writer, whose values only grow.
  const own = all.filter(({ number }) => number % games === index)
  return Promise.all([
    ...Array.from({ length: readers }, () => repeat(() => check(pick(all)), 'failedReads', readPauseMs)),
    ...own.map(one => repeat(() => write(one), 'failedWrites', writePauseMs)),
  ])
}

/** With nothing in the outbox and nothing pending, every read gives what Neo4j has, and that is all that was acknowledged. */
async function compare(): Promise<void> {
  const settled = async () =>
    (await world.outbox.pending(1)).length === 0 &&
    (await hearth.pending.worlds()).length === 0 &&
    worlds.every(isTrusted)
  for (let left = 600; left > 0 && !(await settled().catch(() => false)); left--) await sleep(100)
  for (const { register, worldId, number } of all) {
    const [least, trusted] = [board.least(number), isTrusted(worldId)]
    const [read, source] = await Promise.all([
      readRegister[register](hearth, worldId),
      readSource[register](world, worldId),
    ])
    if (read === source && source >= least) continue
    const how = trusted ? 'trusted' : 'not trusted'
    acting.status.lost.push(
      `${register} ${worldId}: read ${read} (${how}), Neo4j has ${source}, acknowledged ${least}`,
    )
  }
  if (!(await settled().catch(() => false)))
    acting.status.lost.push('the outbox or what is pending does not become empty')
}

await hearth.cache.firstConnected()
// One after the other: Neo4j plans each query for a second or two.
for (const one of all) {
  const isRead = () =>
    check(one).then(
      () => true,
      () => false,
    )
  while (!(await isRead()));
}
setInterval(lookAtTrust, lookEveryMs)
watchMachine(queue, span => acting.status.late.push(span))
acting.begin()
