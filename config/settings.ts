import { z } from 'zod'
import { fleetRule, isFleet } from '../model/fleet.ts'
import { ranges } from '../model/options.ts'
import {
  agesMs,
  cron,
  life,
  ms,
  neo4j,
  oneOf,
  otlpEndpoint,
  otlpProtocol,
  redis,
  share,
  text,
  whole,
  yesOrNo,
} from './parsers.ts'

/** One setting. Its environment variable and its flag are its key in capitals (`topK`: `HEARTH_TOP_K`, `--top-k`). */
export interface Setting {
  /** Its variable where that is one of OpenTelemetry's own, which other programs of the machine may share. */
  variable?: `OTEL_${string}`
  /** Parses the text that was given. */
  schema: z.ZodType<string | number | boolean, string>
  /** What would be right, in words that complete "expected …". */
  right: string
  /** What is wrong with a given text, as a sentence behind `right`; it quotes none of it. */
  why?(given: string): string
  default?: string | number | boolean
  /** What an absent default means, for the table. */
  absent?: string
  unit?: string
  meaning: string
  /** A password: taken as it is, spaces and all. Any text is right for one, so that none is ever quoted. */
  verbatim?: true
}

export const settings = {
  redisUrl: {
    ...redis,
    meaning: "The cache's Redis. It may evict keys that have a TTL.",
  },
  queueRedisUrl: {
    ...redis,
    absent: "the cache's",
    meaning: "The queues' Redis. It must not evict (`noeviction`) and should have an append-only file.",
  },
  config: {
    ...text,
    absent: '`hearth.config.ts`, `.js` or `.mjs` in the working directory, if there is one',
    meaning:
      'The configuration file, with the options that decide about cached values ([below](#the-configuration-file)).',
  },
  queuePrefix: {
    schema: z.string().regex(/^[A-Za-z0-9._{}-]{1,64}$/),
    right: '1 to 64 of the characters A-Z a-z 0-9 . _ - { }',
    default: 'hearth',
    meaning: "Prefix of the queues' keys. Processes with the same prefix share the work.",
  },
  fleet: {
    schema: z.string().refine(isFleet),
    right: fleetRule,
    absent: 'none',
    meaning:
      'Name of the fleet, where several have the same Neo4j or the same Redis for their caches: each relays only its own outbox nodes, and its keys in the cache begin with `lw-<fleet>:`. The backend names it in `neo4jWorld` and `recordChanges`.',
  },
  neo4jUri: { ...neo4j, meaning: 'Address of the Neo4j that holds the worlds.' },
  neo4jUser: { ...text, default: 'neo4j', meaning: 'Neo4j user name.' },
  neo4jPassword: {
    ...text,
    absent: 'no authentication',
    meaning: 'Password of the Neo4j user.',
    verbatim: true,
  },
  neo4jDatabase: {
    ...text,
    absent: "the user's home database",
    meaning: 'Neo4j database that holds the worlds.',
  },
  neo4jReads: {
    ...oneOf('leader', 'followers'),
    default: 'leader',
    meaning:
      'Servers of a Neo4j cluster that loads go to. Followers need the bookmarks of changes ([scaling](scaling.md#neo4j-cluster)).',
  },
  privateNames: {
    schema: z.string().regex(/^[^,]*[A-Za-z][^,]*(,[^,]*[A-Za-z][^,]*)*$/),
    right: 'names separated by commas, like nickname,bank branch',
    absent: 'only the built-in names',
    meaning:
      'Names of fields that are never cached, in addition to the built-in ones (docs/security.md). Give the names that a ' +
      'backend passes as `privacy` to its workers, here or in the configuration file.',
  },
  topK: {
    ...whole(...ranges.topK),
    default: 50,
    unit: 'events',
    meaning: 'How many of the newest events of a timeline are cached.',
  },
  timelineTtlMs: { ...life, default: 600_000, meaning: 'TTL of a cached timeline.' },
  entityTtlMs: { ...life, default: 900_000, meaning: "TTL of a cached entity's state." },
  nullTtlMs: {
    ...life,
    default: 30_000,
    meaning: 'How long the absence of an entity or a world in Neo4j is remembered.',
  },
  nullMax: {
    ...whole(...ranges.nullMax),
    default: 10_000,
    meaning:
      'How many such absences one process may keep in the cache at a time. Beyond that, each read of another id that does not exist asks Neo4j.',
  },
  leaseMs: {
    ...ms(...ranges.leaseMs),
    default: 10_000,
    meaning: 'How long a load may take before another process may load the same entry.',
  },
  ttlJitter: {
    ...share(...ranges.jitter),
    default: 0.1,
    unit: 'share of the TTL',
    meaning:
      'How much TTLs vary at random, so that entries that were warmed together do not expire together.',
  },
  warmChunk: {
    ...whole(...ranges.chunkSize),
    default: 500,
    unit: 'entities',
    meaning: 'How many entities one job of the warm queue loads, in one query.',
  },
  warmConcurrency: {
    ...whole(...ranges.concurrency),
    default: 4,
    unit: 'jobs',
    meaning: 'How many jobs of the warm queue one process runs at a time.',
  },
  workerNice: {
    ...whole(0, 19),
    default: 10,
    meaning:
      'How much `hearth worker` gives way to other processes on its machine (Unix `nice`). 0: not at all.',
  },
  maxLoads: {
    ...whole(...ranges.maxLoads),
    default: 16,
    unit: 'loads',
    meaning:
      "Maximum number of loads from Neo4j that a process runs at a time. While Neo4j answers late, or the game's writes do, the limit is lower.",
  },
  maxSlowdown: {
    ...share(...ranges.maxSlowdown),
    default: 1.5,
    unit: 'times',
    meaning:
      "How many times as long the game's own writes to Neo4j may take while worlds are warmed, as without. Less warms more slowly; while nothing is written, warming is as fast as Neo4j allows.",
  },
  warmUrgent: {
    ...whole(...ranges.warmUrgent),
    default: 300,
    unit: 'entities',
    meaning:
      'How many of the most read entities of a world are loaded first, with its flags and snapshot. Then the world is ready; the rest is loaded in the background.',
  },
  warmMaxEntities: {
    ...whole(...ranges.warmEntities),
    default: 100_000,
    unit: 'entities',
    meaning: 'Maximum number of entities that are warmed in a world, the most read first.',
  },
  warmMaxBytes: {
    ...whole(...ranges.bytes),
    absent: 'no limit',
    unit: 'bytes',
    meaning: 'Maximum size of the values that warming loads for a world. May be exceeded by one chunk.',
  },
  popularityHalfLifeMs: {
    ...life,
    default: 600_000,
    meaning: 'Time after which a read counts half.',
  },
  popularitySample: {
    ...whole(...ranges.readsInOne),
    default: 1,
    unit: 'reads',
    meaning: 'Counts one read in N, weighted by N.',
  },
  refreshTop: {
    ...whole(...ranges.refreshTop),
    default: 200,
    unit: 'entities',
    meaning: "How many of a world's most read timelines are kept from expiring.",
  },
  idleMs: {
    ...life,
    default: 3_600_000,
    meaning: 'Time without reads after which a world is no longer refreshed.',
  },
  refreshCron: {
    ...cron,
    default: '*/30 * * * * *',
    meaning: 'When popular timelines that would expire soon are refreshed.',
  },
  decayCron: { ...cron, default: '* * * * *', meaning: 'When popularity is decayed.' },
  pruneCron: {
    ...cron,
    default: '*/10 * * * *',
    meaning: 'When rarely read entities are removed from the popularity.',
  },
  sweepCron: { ...cron, default: '* * * * *', meaning: 'When the scheduler checks for work that got stuck.' },
  auditCron: {
    ...cron,
    default: '* * * * *',
    meaning: 'When a sample of every active world is compared with Neo4j.',
  },
  auditAllCron: {
    ...cron,
    default: '0 4 * * *',
    meaning: 'When everything that is cached of every active world is compared with Neo4j.',
  },
  auditSample: {
    ...whole(...ranges.auditSample),
    default: 100,
    unit: 'entities',
    meaning: 'How many entities of a world a sample has. Often read entities are drawn more often.',
  },
  auditBudget: {
    ...whole(...ranges.auditBudget),
    default: 100,
    unit: 'jobs',
    meaning:
      'How many audits may wait or run at a time in the whole fleet when a round adds others. Worlds that there is no room for come in later rounds, those audited longest ago first.',
  },
  auditRepair: {
    ...yesOrNo,
    default: true,
    meaning: 'Whether an audit invalidates the wrong entries that it finds. `false`: it only reports them.',
  },
  auditAgesMs: {
    ...agesMs,
    default: '1000,10000,60000,300000',
    meaning:
      'After which times an entry that differs is checked again. If it still differs at the last one, it is reported.',
  },
  pendingMax: {
    ...whole(...ranges.pendingMax),
    default: 100_000,
    unit: 'events',
    meaning:
      'How many accepted events of one world may wait to be flushed. Appending slows down above half of it, and is refused beyond it.',
  },
  queueReplicas: {
    ...whole(...ranges.queueReplicas),
    absent: 'all that are connected',
    unit: 'replicas',
    meaning:
      "How many replicas of the queues' Redis must have an event before it is accepted. Fewer in half a second: the append fails, and may be repeated. 0: it waits for none.",
  },
  cacheReplicas: {
    ...whole(...ranges.cacheReplicas),
    default: 0,
    unit: 'replicas',
    meaning:
      "How many replicas of the cache's Redis (in a Redis Cluster: of each primary) must have a change before it is acknowledged: all that it has, so that a failover undoes none. Fewer in time: the change is deferred. 0: none waits.",
  },
  port: {
    ...whole(0, 65_535),
    default: 3400,
    meaning: 'Port of the pages, `/metrics` and the health checks; 0 for any free port.',
  },
  host: {
    ...text,
    default: '127.0.0.1',
    meaning: 'Address on which this port listens. Without tokens it must be an address of this machine only.',
  },
  tokens: {
    ...text,
    right: '<name>:<role>:<token>, separated by commas; the role one of read, write, operate',
    absent: 'no token is required',
    meaning:
      'Who may use the pages and the HTTP API, and with which role. With tokens, they may be served to other machines.',
    verbatim: true,
  },
  tokensFile: {
    ...text,
    meaning: 'A file with such tokens, one a line, instead of `HEARTH_TOKENS`.',
  },
  rateLimit: {
    ...whole(1, 10_000_000),
    default: 60_000,
    unit: 'requests a minute',
    meaning: 'How many requests one token (or, without tokens, this machine) may send.',
  },
  nearBytes: {
    ...whole(0, ranges.bytes[1]),
    default: 64_000_000,
    unit: 'bytes',
    meaning:
      'How much of the cache `hearth dashboard` and `hearth dev` keep in their memory, where reads are as fresh as in Redis ' +
      '(the near cache). Bytes of JSON, and 500 for each entry; in the heap it is more. 0: none.',
  },
  fleetCounts: {
    ...yesOrNo,
    default: true,
    meaning:
      "Adds the read counts of this process to those of the fleet on the overview page. They are kept in the queues' Redis.",
  },
  shutdownMs: {
    ...ms(100, 600_000),
    default: 5000,
    meaning: 'Time limit for a process to exit after SIGTERM or SIGINT.',
  },
  startChecks: {
    ...oneOf('refuse', 'warn'),
    default: 'refuse',
    meaning:
      "Whether `hearth worker`, `scheduler` and `dashboard` refuse to start or only warn when the queues' Redis evicts or " +
      '(with `NODE_ENV=production`) has no append-only file, the schema is missing, or a server is too old.',
  },
  logLevel: {
    ...oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    meaning: 'The least severe line that is logged.',
  },
  cluster: {
    ...yesOrNo,
    default: false,
    meaning:
      'Whether `HEARTH_REDIS_URL` names a node of a Redis Cluster. `redis+cluster://…` says so by itself, and takes several nodes.',
  },
  otlpEndpoint: {
    ...otlpEndpoint,
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    absent: 'no tracing',
    meaning: 'Switches tracing on: spans are sent to `/v1/traces` below this address.',
  },
  otlpTracesEndpoint: {
    ...otlpEndpoint,
    variable: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    absent: 'the one above',
    meaning: 'Switches tracing on, too: the full address that spans are sent to.',
  },
  otlpProtocol: {
    ...otlpProtocol,
    variable: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    default: 'http/protobuf',
    meaning: 'How spans are sent: by HTTP, not by gRPC, which uses another port (4317).',
  },
  otlpTracesProtocol: {
    ...otlpProtocol,
    variable: 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    absent: 'the one above',
    meaning: 'The same for traces only, if other programs on the machine use gRPC.',
  },
  otelServiceName: {
    ...text,
    variable: 'OTEL_SERVICE_NAME',
    absent: '`hearth-worker`, `hearth-dashboard`, …',
    meaning: 'The name of this process in traces.',
  },
  otelTracesExporter: {
    ...oneOf('otlp', 'none'),
    variable: 'OTEL_TRACES_EXPORTER',
    absent: '`otlp` where there is an endpoint',
    meaning: '`none` switches tracing off; `otlp` without an endpoint sends to http://localhost:4318.',
  },
  otelSdkDisabled: {
    ...yesOrNo,
    variable: 'OTEL_SDK_DISABLED',
    default: false,
    meaning: 'Switches tracing off, whatever else is set.',
  },
} satisfies Record<string, Setting>

export type Settings = typeof settings
export type SettingName = keyof Settings
export type Value<K extends SettingName> = z.output<Settings[K]['schema']>

export const settingNames = Object.keys(settings) as SettingName[]

/** `topK`: `HEARTH_TOP_K`. */
export const envName = (name: SettingName): string =>
  (settings[name] as Setting).variable ?? `HEARTH_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`

/** `topK`: `--top-k`. */
export const flagName = (name: string) => `--${name.replace(/[A-Z]/g, '-$&').toLowerCase()}`
