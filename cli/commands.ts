import { InvalidArgumentError, Option } from 'commander'
import { jobStates } from '../queues/job-states.ts'
import type { ServeOptions } from './serve.ts'
import type { FlagSetting } from './setting-flags.ts'

/** A command, as the command line has it. */
export interface CommandSpec {
  /** Its name, and what has to follow it. */
  usage: string
  about: string
  /** A flag for each kind, by which entries are named. */
  kinds?: true
  options?: readonly Option[]
  /** Settings that have a flag here. */
  settings: readonly FlagSetting[]
  /** Loads its code only now, so that `--help` answers at once. Gets what follows the name, and the flags. */
  // biome-ignore lint/suspicious/noExplicitAny: commander checks them against the usage and the options
  run(...given: any[]): Promise<void>
}

const redis: readonly FlagSetting[] = ['redisUrl']
const queues: readonly FlagSetting[] = ['redisUrl', 'queueRedisUrl', 'queuePrefix']
const neo4j: readonly FlagSetting[] = ['neo4jUri', 'neo4jUser', 'neo4jDatabase', 'fleet']
const serving: readonly FlagSetting[] = ['port', 'shutdownMs', 'logLevel']
const work: readonly FlagSetting[] = ['warmChunk', 'warmMaxEntities', 'warmConcurrency', ...serving]

const json = new Option('--json', 'for programs')

export const commands: readonly CommandSpec[] = [
  {
    usage: 'dev',
    about: 'try it: a Redis, a made-up world, workers that warm it and the pages, all in one process',
    options: [numberOption('--entities <n>', 'how large the made-up world is', 1_000)],
    settings: work,
    run: async flags => (await import('./dev.ts')).dev(flags),
  },
  {
    usage: 'worker',
    about: 'work on the jobs of the queues, and serve the pages',
    settings: [...queues, ...neo4j, ...work],
    run: served({ name: 'worker', parts: ['workers'], readyTo: 'waiting for jobs' }),
  },
  {
    usage: 'scheduler',
    about: 'relay the changes that were recorded in Neo4j, and run the rounds; of several, one acts',
    settings: [...queues, ...neo4j, ...serving],
    run: served({
      name: 'scheduler',
      parts: ['relay', 'schedules'],
      readyTo: 'one scheduler acts, the others stand by',
    }),
  },
  {
    usage: 'dashboard',
    about: 'serve the overview, Bull Board and the HTTP API',
    settings: [...queues, ...neo4j, 'host', ...serving],
    run: served({ name: 'dashboard', parts: [], near: true, readyTo: 'all servers answer' }),
  },
  {
    usage: 'schedule',
    about: 'show the rounds of the schedulers: when they ran, and when they will',
    options: [json],
    settings: queues,
    run: async flags => (await import('./schedule.ts')).schedule(flags),
  },
  {
    usage: 'doctor',
    about:
      'check settings, servers, clocks, schema and the fleet, and say what to do; fails if anything is wrong',
    options: [json],
    settings: [...queues, ...neo4j],
    run: async flags => (await import('./doctor.ts')).doctor(flags),
  },
  {
    usage: 'processes',
    about: 'list the processes of the fleet, games too, and in what their configurations differ',
    options: [json],
    settings: queues,
    run: async flags => (await import('./processes.ts')).processes(flags),
  },
  {
    usage: 'schema',
    about: 'make the constraints and indexes in Neo4j',
    options: [new Option('--adopt <world>', "turn this world of the game's own into an indexed one")],
    settings: neo4j,
    run: async flags => (await import('./schema.ts')).schema(flags),
  },
  {
    usage: 'import <folder>',
    about: 'write a folder of entities.ndjson and events.ndjson into Neo4j',
    options: [
      new Option('--world <id>', 'the world to write it into').makeOptionMandatory(),
      new Option('--graph <graph>', "with what the indexes need, or as the game's own writes are")
        .choices(['indexed', 'plain'])
        .default('indexed'),
    ],
    settings: neo4j,
    run: async (folder, flags) => (await import('./import.ts')).importWorld(folder, flags),
  },
  {
    usage: 'activate <world>',
    about: 'have a world warmed by the workers',
    options: [
      new Option(
        '--wait [moment]',
        'until all of it is warm, or until it is ready: flags, snapshot, and what is read most; fails if it could not be',
      )
        .choices(['warm', 'ready'])
        .preset('warm'),
      new Option('--force', 'load anew what is warm already'),
      new Option('--kinds <kind...>', 'only these, such as timeline'),
    ],
    settings: queues,
    run: async (world, flags) => (await import('./activate.ts')).activate(world, flags),
  },
  {
    usage: 'deactivate <world>',
    about: 'a world is no longer played: it is not refreshed any more',
    settings: redis,
    run: async (world, flags) => (await import('./deactivate.ts')).deactivate(world, flags),
  },
  {
    usage: 'worlds',
    about: 'list the worlds that were activated or read in the last day',
    options: [numberOption('--top <n>', 'how many', 20), json],
    settings: redis,
    run: async flags => (await import('./worlds.ts')).worlds(flags),
  },
  {
    usage: 'changed <world> <changes>',
    about: 'report what was changed in Neo4j, after its commit: a JSON list of changes, or - for stdin',
    options: [
      new Option('--recorded <id>', 'the outbox node that recorded them'),
      new Option('--bookmark <bookmark...>', 'of the commit, for a Neo4j cluster'),
    ],
    settings: [...queues, ...neo4j],
    run: async (world, changes, flags) => (await import('./changed.ts')).changed(world, changes, flags),
  },
  {
    usage: 'append <world> <events>',
    about: 'append events by write-behind: a JSON list of events, or - for stdin',
    settings: [...queues, ...neo4j],
    run: async (world, events, flags) => (await import('./append.ts')).append(world, events, flags),
  },
  {
    usage: 'flags <world> <patch>',
    about: "merge a JSON object into a world's flags, written through; null removes a flag; - reads stdin",
    settings: [...queues, ...neo4j],
    run: async (world, patch, flags) => (await import('./write-through.ts')).flags(world, patch, flags),
  },
  {
    usage: 'snapshot <world> <fields>',
    about: "write fields of a world's snapshot, a JSON object, written through; - reads stdin",
    settings: [...queues, ...neo4j],
    run: async (world, fields, flags) => (await import('./write-through.ts')).snapshot(world, fields, flags),
  },
  {
    usage: 'jobs <queue> [id]',
    about: 'list the newest jobs of a queue in one state, or show one job',
    options: [
      new Option('--state <state>', 'the state').choices(jobStates).default('failed'),
      numberOption('--top <n>', 'how many', 20),
      json,
    ],
    settings: queues,
    run: async (queue, id, flags) => (await import('./jobs.ts')).jobs(queue, id, flags),
  },
  {
    usage: 'retry <queue> [id]',
    about: 'have a failed job run again, or the newest 200 failed jobs of a queue',
    options: [
      new Option('--all', 'all failed jobs'),
      new Option('--reason <reason>', 'those that failed for this reason; ids and numbers in it may differ'),
    ],
    settings: queues,
    run: async (queue, id, flags) => (await import('./retry.ts')).retry(queue, id, flags),
  },
  {
    usage: 'pause <queue>',
    about: 'have a queue take jobs and give out none',
    settings: queues,
    run: async (queue, flags) => (await import('./pause.ts')).setPaused(queue, true, flags),
  },
  {
    usage: 'resume <queue>',
    about: 'have a paused queue give out its jobs again',
    settings: queues,
    run: async (queue, flags) => (await import('./pause.ts')).setPaused(queue, false, flags),
  },
  {
    usage: 'invalidate <world>',
    about: 'make single values stale, or all that is cached of a world',
    kinds: true,
    options: [
      new Option('--all', 'everything'),
      new Option('--kinds <kind...>', 'all of these kinds, such as timeline').conflicts('all'),
    ],
    settings: [...queues, ...neo4j],
    run: async (world, flags) => (await import('./invalidate.ts')).invalidate(world, flags),
  },
  {
    usage: 'inspect <world>',
    about: 'show what of a world is warm',
    options: [json],
    settings: redis,
    run: async (world, flags) => (await import('./inspect.ts')).inspect(world, flags),
  },
  {
    usage: 'audit <world>',
    about: 'compare what is cached with Neo4j, as readers get it; fails if anything is wrong',
    options: [
      new Option('--all', 'all that is cached, not a sample of what is read most'),
      new Option('--kinds <kind...>', 'all that is cached of these kinds, such as timeline'),
      new Option('--repair', 'invalidate what is wrong (HEARTH_AUDIT_REPAIR)').conflicts('report'),
      new Option('--report', 'only report it'),
      json,
    ],
    settings: queues,
    run: async (world, flags) => (await import('./audit.ts')).audit(world, flags),
  },
  {
    usage: 'popular <world>',
    about: 'show which entities are read most, and whether they are warm',
    options: [numberOption('--top <n>', 'of how many', 20), json],
    settings: redis,
    run: async (world, flags) => (await import('./popular.ts')).popular(world, flags),
  },
  {
    usage: 'refresh <world>',
    about:
      'load entries anew beside their readers: of the entities that are read most, or those that are named',
    options: [
      new Option('--entity <id...>', 'what is read most of these entities; <type:id> renews the state, too'),
      new Option('--wait', 'until they are renewed; fails if they could not be'),
    ],
    kinds: true,
    settings: queues,
    run: async (world, flags) => (await import('./refresh.ts')).refresh(world, flags),
  },
  {
    usage: 'pending <world>',
    about: 'show the accepted events that are not yet in Neo4j, and those that were set aside',
    options: [
      new Option('--retry [eventId...]', 'make what was set aside pending again: all of it, or these events'),
      json,
    ],
    settings: queues,
    run: async (world, flags) => (await import('./pending.ts')).pending(world, flags),
  },
  {
    usage: 'read <world>',
    about: 'read values as a game does: one, and whether it was warm, or several of one version of the world',
    kinds: true,
    options: [json],
    settings: [...redis, ...neo4j],
    run: async (world, flags) => (await import('./read.ts')).read(world, flags),
  },
]

function served(options: ServeOptions): CommandSpec['run'] {
  return async flags => (await import('./serve.ts')).serve(flags, options)
}

function numberOption(flags: string, about: string, usual: number): Option {
  const most = 100_000
  const parse = (given: string): number => {
    const n = Number(given)
    if (/^\d+$/.test(given) && n >= 1 && n <= most) return n
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`)
  }
  return new Option(flags, about).argParser(parse).default(usual)
}
