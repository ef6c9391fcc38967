import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { neo4jWorld } from '../../index.ts'
import { entityIds, plantEntities } from '../support/append-world.ts'
import { openReporting, type Reporting } from '../support/reporting.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'
import { startHearthProcesses } from './hearth-processes.ts'
import type { AppenderSetup, AppenderStatus, GameMessage } from './messages.ts'
import type { QueueFault } from './queue-faults.ts'
import { chosen, tell } from './rows.ts'
import type { SentinelShape } from './shapes.ts'

const games = 2
/** Acknowledged appends, in all, before a fault, and until it ends. */
const [before, inAll] = [3_000, 10_000]
const limitMs = 300_000
const file = fileURLToPath(new URL('appender.ts', import.meta.url))
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

/** Two games append to a queue that these faults happen to: each acknowledged event is in Neo4j in the end. */
export async function expectNothingLost(
  faults: readonly QueueFault[],
  start: () => Promise<SentinelShape>,
): Promise<void> {
  const shape = await start()
  const appending = await openAppenders(shape)
  const say = (message: GameMessage) => appending.send(message)
  for (const [i, fault] of chosen(faults).entries()) {
    const until = (wanted: (all: readonly AppenderStatus[]) => boolean, what: string) =>
      appending.until(all => all.every(({ run }) => run === i + 1) && wanted(all), what)
    const acknowledged = (all: readonly AppenderStatus[]) => sum(all.map(one => one.acknowledged))
    say('start')
    await until(all => acknowledged(all) >= before, `${before} appends are acknowledged`)
    await fault.run(shape)
    const enough = Math.max(inAll, acknowledged(appending.statuses()) + 1_000)
    await until(all => acknowledged(all) >= enough, `${enough} appends are acknowledged`)
    say('rest')
    await until(all => all.every(({ rests }) => rests), 'every call is answered')
    say('compare')
    await until(all => all.every(({ hasCompared }) => hasCompared), 'nothing is pending')

    const all = appending.statuses()
    const [lost, failed] = [sum(all.map(one => one.lost)), all.flatMap(one => one.failed)]
    const count = acknowledged(all)
    const writes = count + sum(all.map(({ repeated }) => repeated))
    tell({
      fault: fault.name,
      shape: shape.name,
      writes,
      acknowledged: count,
      lost,
      failedToWrite: failed.length,
    })
    expect.soft({ lost, failed }, fault.name).toEqual({ lost: 0, failed: [] })
  }
}

async function openAppenders({ cache: queue }: SentinelShape): Promise<Reporting<AppenderStatus>> {
  const worlds = Array.from({ length: 4 }, () => fresh())
  const world = neo4jWorld(neo4jAuth())
  for (const id of worlds) await plantEntities(world, id)
  await world.close()
  const place = {
    cache: redisUrl(),
    cacheReplicas: 0,
    queue,
    queuePrefix: fresh('q'),
    neo4jAuth: neo4jAuth(),
  }
  // Flush jobs that a failover forgot are made up for by the sweep.
  await startHearthProcesses(place, { HEARTH_SWEEP_CRON: '*/5 * * * * *' })
  const setups = Array.from(
    { length: games },
    (_, index): AppenderSetup => ({ ...place, worlds, entityIds, index }),
  )
  const appending = await openReporting<AppenderStatus>({ file, setups, limitMs })
  onTestFinished(appending.kill)
  return appending
}
