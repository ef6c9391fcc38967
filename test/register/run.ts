import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { neo4jWorld } from '../../index.ts'
import { createBoardFile } from './board.ts'
import { type Fleet, openFleet } from './fleet.ts'
import type { Mutant } from './mutants.ts'
import { type Counts, type RegisterSetup, type Registers, registerNumbers } from './setup.ts'

export interface RunOptions {
  redisUrl: string
  /** The queues' Redis, if it is another. */
  queueUrl?: string
  neo4jAuth: RegisterSetup['neo4jAuth']
  /** What the queues' keys begin with. Default: another one each time. */
  prefix?: string
  processes: number
  entities: number
  /** How many worlds there are whose flags and snapshots are registers, and how many timelines. */
  others: number
  leaseCheck?: boolean
  near?: boolean
  mutant?: Mutant | undefined
}

export interface RegisterReport extends Counts {
  /** Some of the stale reads, and of the errors. */
  stale: string[]
  errors: string[]
}

/** A name that no other run has. */
export const freshPrefix = () => `register-${randomUUID().slice(0, 8)}`

/** Plants registers, has processes read and write them while `during` runs, and reports what they saw. */
export async function runFleet(
  options: RunOptions,
  during: (fleet: Fleet) => Promise<void>,
): Promise<RegisterReport> {
  const { redisUrl, queueUrl = redisUrl, neo4jAuth, processes, prefix = freshPrefix() } = options
  const { entities, others, leaseCheck = true, near = false, mutant } = options
  const registers: Registers = {
    worldId: prefix,
    entityIds: Array.from({ length: entities }, (_, i) => `c${i}`),
    stateWorlds: Array.from({ length: others }, (_, i) => `${prefix}-s${i}`),
    timelineIds: Array.from({ length: others + 1 }, (_, i) => `t${i}`),
  }
  await plant(neo4jAuth, registers)
  const folder = await mkdtemp(join(tmpdir(), 'hearth-register-'))
  const boardFile = join(folder, 'board')
  createBoardFile(boardFile, registerNumbers(registers).size, processes)
  const place = { redisUrl, queueUrl, neo4jAuth, prefix, boardFile }
  const fleet = await openFleet({ ...registers, ...place, processes, leaseCheck, near, mutant })
  try {
    fleet.start()
    await during(fleet)
    await fleet.stop()
    const statuses = fleet.statuses()
    return {
      ...fleet.counts(),
      stale: statuses.flatMap(({ stale }) => stale),
      errors: statuses.flatMap(({ errors }) => errors),
    }
  } finally {
    fleet.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

async function plant(auth: RegisterSetup['neo4jAuth'], registers: Registers): Promise<void> {
  const { worldId, entityIds, timelineIds, stateWorlds } = registers
  const world = neo4jWorld(auth)
  await world.schema()
  await world.saveSnapshot(worldId, {})
  await world.putEntities(
    worldId,
    [...entityIds, ...timelineIds].map(id => ({ type: 'character', id, name: id, props: { n: 0 } })),
  )
  await Promise.all(stateWorlds.map(id => world.saveSnapshot(id, {})))
  await world.close()
}
