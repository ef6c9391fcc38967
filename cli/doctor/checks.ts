import { partition } from 'es-toolkit'
import { isLed } from '../../queues/leadership.ts'
import { readQueueStats } from '../../queues/queue-stats.ts'
import { impatient, openStore, type QueueStore, type StorePlace } from '../../queues/redis.ts'
import { withoutPassword } from '../../resilience/server-words.ts'
import type { Neo4jWorld } from '../../world/neo4j/world.ts'
import { queuePlace } from '../connect.ts'
import { redisConcerns } from '../redis-concerns.ts'
import { type Concerns, checkNeo4j } from '../start-checks.ts'
import { duration } from '../terminal.ts'
import { type Opened, requireCache } from '../with-hearth.ts'
import { cacheCommands, nearCommands, queueCommands, type Refused, refusedTo } from './permissions.ts'

/** What one check found. */
export interface Diagnosis {
  /** What was looked at. */
  of: string
  state: 'ok' | 'warning' | 'wrong'
  what: string
  /** What to do; empty where nothing is to be done. */
  help: string
}

type Found = Omit<Diagnosis, 'of'>
type Patient = Opened & { neo4j: Neo4jWorld }

export interface Check {
  of: string
  /** Rejects where the server does not answer. */
  run(patient: Patient): Promise<Found[]>
}

/** In the order in which they are reported: what depends on a server comes after the server. */
export const checks: readonly Check[] = [
  { of: "the cache's Redis", run: cacheAnswers },
  { of: "the queues' Redis", run: queueAnswers },
  { of: "the Redis servers' settings", run: redisSettings },
  { of: "the Redis users' permissions", run: commandsAllowed },
  { of: 'Neo4j', run: neo4jFits },
  { of: 'clocks', run: clocksAgree },
  { of: 'scheduler', run: schedulerActs },
  { of: 'queues', run: queuesMove },
  { of: 'processes', run: processesAgree },
]

const ok = (what: string): Found => ({ state: 'ok', what, help: '' })
const warning = (what: string, help: string): Found => ({ state: 'warning', what, help })
const wrong = (what: string, help: string): Found => ({ state: 'wrong', what, help })

async function cacheAnswers({ hearth, config, cache }: Patient): Promise<Found[]> {
  await requireCache(hearth, config.redisUrl)
  const started = performance.now()
  await cache.ping()
  const ms = performance.now() - started
  return [ok(`${withoutPassword(config.redisUrl)} answers in ${duration(ms)}`)]
}

async function queueAnswers({ config, producer }: Patient): Promise<Found[]> {
  await producer.info() // the first command waits for the connection
  const started = performance.now()
  await producer.probe()
  const ms = performance.now() - started
  return [ok(`${withoutPassword(queuePlace(config).address)} takes writes, in ${duration(ms)}`)]
}

async function redisSettings({ hearth, config }: Patient): Promise<Found[]> {
  const well = 'versions, eviction, append-only file and replicas are right'
  return foundOf(await redisConcerns(hearth, config), well)
}

async function commandsAllowed({ config, cache }: Patient): Promise<Found[]> {
  const { root } = cache.keys
  const place = queuePlace(config)
  const ofCache = [await refusedTo(cache.redis, root, cacheCommands)]
  if (root !== anyFleet) ofCache.push(await refusedTo(cache.redis, anyFleet, []))
  const ofQueue = await withStore(place, ({ redis, prefix }) => refusedTo(redis, prefix, queueCommands))
  const found = [
    ...ofCache.flatMap(refused => permissionsLacking("the cache's Redis", refused)),
    ...permissionsLacking("the queues' Redis", ofQueue),
  ]
  return found.length > 0 ? found : [ok('may send every command that Hearth needs')]
}

/** Keys of probes begin so, whatever the fleet is called. */
const anyFleet = 'lw'

function permissionsLacking(server: string, { commands, key, channel }: Refused): Found[] {
  const help = 'give the user the ACL of docs/security.md, "Permissions on the servers"'
  const [ofNear, needed] = partition(commands, name => nearCommands.includes(name))
  const inText = (names: readonly string[]) =>
    names.map(name => name.replace('|', ' ').toUpperCase()).join(', ')
  const found: Found[] = []
  if (key !== undefined) found.push(wrong(`the user of ${server} may not use keys like ${key}`, help))
  if (channel !== undefined)
    found.push(wrong(`the user of ${server} may not use channels like ${channel}`, help))
  if (needed.length > 0) found.push(wrong(`the user of ${server} may not send ${inText(needed)}`, help))
  if (ofNear.length > 0)
    found.push(warning(`the user of ${server} may not send ${inText(ofNear)}: the near cache is off`, help))
  return found
}

async function neo4jFits({ config, neo4j }: Patient): Promise<Found[]> {
  const facts = await neo4j.facts()
  const name = `Neo4j at ${withoutPassword(config.neo4jUri ?? '')}`
  return foundOf([checkNeo4j({ name, ...facts })], `${name} is ${facts.version} and has the schema`)
}

/** What a start would refuse is wrong; the text says what would be right. */
function foundOf(concerns: readonly Concerns[], well: string): Found[] {
  const found = concerns.flatMap(({ refused, warnings }) => [
    ...refused.map(what => wrong(what, '')),
    ...warnings.map(what => warning(what, '')),
  ])
  return found.length > 0 ? found : [ok(well)]
}

/** More than this, and ages, times to live and rounds are noticeably off. Milliseconds. */
const maxSkewMs = 1_000

/** The queues' Redis, on a connection of its own for one check. */
async function withStore<T>(place: StorePlace, ask: (store: QueueStore) => Promise<T>): Promise<T> {
  const store = openStore(place, { ...impatient, lazyConnect: true })
  try {
    await store.redis.connect()
    return await ask(store)
  } finally {
    store.redis.disconnect()
  }
}

function clocksAgree({ config, cache }: Patient): Promise<Found[]> {
  return withStore(queuePlace(config), async ({ redis }) => {
    const skews = [
      { name: "the cache's Redis", ms: await skewOf(() => cache.redis.time()) },
      { name: "the queues' Redis", ms: await skewOf(() => redis.time()) },
    ]
    const off = skews.filter(({ ms }) => Math.abs(ms) > maxSkewMs)
    if (off.length === 0) return [ok('the Redis servers and this machine agree within a second')]
    return off.map(({ name, ms }) =>
      warning(
        `the clock of ${name} is ${duration(Math.abs(ms))} ${ms > 0 ? 'before' : 'behind'} this machine's`,
        'synchronise the clocks (NTP): rounds, ages and lives depend on them',
      ),
    )
  })
}

/** How far a Redis' clock is before this machine's, give or take half of the round trip. Milliseconds. */
async function skewOf(time: () => Promise<(string | number)[]>): Promise<number> {
  const before = Date.now()
  const [seconds, microseconds] = (await time()).map(Number)
  const middle = (before + Date.now()) / 2
  return (seconds ?? 0) * 1_000 + (microseconds ?? 0) / 1_000 - middle
}

async function schedulerActs({ config }: Patient): Promise<Found[]> {
  const place = queuePlace(config)
  if (await withStore(place, store => isLed(store, 'relay')))
    return [ok('a scheduler relays changes and runs the rounds')]
  return [
    wrong(
      `no scheduler acts for the prefix ${JSON.stringify(place.prefix)}: recorded changes are not relayed`,
      'start `hearth scheduler`, two of them so that one stands by',
    ),
  ]
}

async function queuesMove({ producer }: Patient): Promise<Found[]> {
  const stats = await readQueueStats(producer.queues)
  const found = stats.flatMap(({ name, isPaused, failed, workers, waiting }) => [
    ...(workers === 0
      ? [wrong(`no worker takes jobs of the queue ${name}; ${waiting} wait`, 'start `hearth worker`')]
      : []),
    ...(isPaused ? [warning(`the queue ${name} is paused`, 'resume it in Bull Board')] : []),
    ...(failed > 0
      ? [warning(`${failed} jobs of the queue ${name} have failed`, `\`hearth jobs ${name}\` says why`)]
      : []),
  ])
  return found.length > 0 ? found : [ok('every queue has workers, none is paused, no job has failed')]
}

async function processesAgree({ operations }: Patient): Promise<Found[]> {
  const processes = (await operations.processes()).filter(({ lostAt }) => lostAt === null)
  const differing = processes.filter(({ differences }) => differences.length > 0)
  if (differing.length === 0)
    return [ok(`${processes.length} processes, which decide alike about cached values`)]
  return differing.map(({ name, by, differences }) =>
    warning(
      `${name} ${by} differs from most in ${differences.map(({ part }) => part).join(', ')}`,
      'give all processes, and the library, the same configuration file and settings',
    ),
  )
}
