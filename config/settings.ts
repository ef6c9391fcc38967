import { z } from 'zod'
import { ranges } from '../model/options.ts'
import {
  agesMs,
  cron,
  life,
  neo4j,
  oneOf,
  otlpEndpoint,
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
  default: string | number | boolean | undefined
  /** What an absent default means, for the table. */
  absent?: string
  unit?: string
  meaning: string
  /** A password: taken as it is, spaces and all. Any text is right for one, so that none is ever quoted. */
  verbatim?: true
}

export const settings = {
  redisUrl: { ...redis, default: undefined, meaning: "The cache's Redis. It may evict what has a life." },
  queueRedisUrl: {
    ...redis,
    default: undefined,
    absent: "the cache's",
    meaning: "The queues' Redis, which must not evict (`noeviction`) and should append to a file.",
  },
  config: {
    ...text,
    default: undefined,
    absent: '`hearth.config.ts`, `.js` or `.mjs` of the working directory, if there is one',
    meaning: 'The configuration file: what decides about cached values ([below](#the-configuration-file)).',
  },
  queuePrefix: {
    schema: z.string().regex(/^[A-Za-z0-9._{}-]{1,64}$/),
    right: '1 to 64 of the characters A-Z a-z 0-9 . _ - { }',
    default: 'hearth',
    meaning: "What the queues' keys begin with. Processes that share a prefix share the work.",
  },
  neo4jUri: { ...neo4j, default: undefined, meaning: 'The truth: the Neo4j that holds the worlds.' },
  neo4jUser: { ...text, default: 'neo4j', meaning: 'Who Hearth is to Neo4j.' },
  neo4jPassword: {
    ...text,
    default: undefined,
    absent: 'no authentication',
    meaning: 'Its password.',
    verbatim: true,
  },
  neo4jDatabase: {
    ...text,
    default: undefined,
    absent: "the user's home database",
    meaning: 'The database that holds the worlds.',
  },
  privateNames: {
    schema: z.string().regex(/^[^,]*[A-Za-z][^,]*(,[^,]*[A-Za-z][^,]*)*$/),
    right: 'names separated by commas, like nickname,bank branch',
    default: undefined,
    absent: 'the usual ones alone',
    meaning:
      'Names of fields that are never cached, beside the usual ones (docs/security.md). What a backend names in ' +
      '`privacy`, its workers have to be told here.',
  },
  topK: {
    ...whole(...ranges.topK),
    default: 50,
    unit: 'events',
    meaning: 'How many of the newest events of a timeline are cached.',
  },
  timelineTtlMs: { ...life, default: 600_000, unit: 'ms', meaning: 'The life of a cached timeline.' },
  entityTtlMs: { ...life, default: 900_000, unit: 'ms', meaning: "The life of a cached entity's state." },
  nullTtlMs: {
    ...life,
    default: 30_000,
    unit: 'ms',
    meaning: 'How long it is remembered that the truth does not have something.',
  },
  nullMax: {
    ...whole(...ranges.nullMax),
    default: 10_000,
    meaning:
      'How many such absences one process has remembered at a time; beyond that each read of another id that does not exist asks Neo4j.',
  },
  leaseMs: {
    ...whole(...ranges.leaseMs),
    default: 10_000,
    unit: 'ms',
    meaning: 'How long a load may take before another process may load the same entry.',
  },
  ttlJitter: {
    ...share(...ranges.jitter),
    default: 0.1,
    unit: 'share of the life',
    meaning: 'By how much lives vary, so that what was warmed together does not expire together.',
  },
  warmChunk: {
    ...whole(...ranges.chunkSize),
    default: 500,
    unit: 'entities',
    meaning: 'How many entities one job of warming loads, in one query.',
  },
  warmConcurrency: {
    ...whole(...ranges.concurrency),
    default: 4,
    unit: 'jobs',
    meaning: 'How many jobs of the warm queue one process works on at once.',
  },
  workerNice: {
    ...whole(0, 19),
    default: 10,
    meaning:
      "How much `hearth worker` gives way to what else runs on its machine, as Unix's `nice` has it. 0: not at all.",
  },
  maxLoads: {
    ...whole(...ranges.maxLoads),
    default: 16,
    unit: 'loads',
    meaning:
      'How many loads from Neo4j a process runs at a time at most. While Neo4j answers late it is fewer, down to `HEARTH_LEAST_LOADS`.',
  },
  leastLoads: {
    ...share(...ranges.leastLoads),
    default: 1,
    unit: 'loads',
    meaning:
      'To how few loads at a time jobs come down. Below 1: one at a time for that part of the time, with rests between.',
  },
  lateAnswers: {
    ...share(...ranges.lateShare),
    default: 0.1,
    unit: "share of Neo4j's answers",
    meaning:
      "How many may be late before fewer loads are run. Less spares the game's own writes more, and warms more slowly.",
  },
  warmMaxEntities: {
    ...whole(...ranges.warmEntities),
    default: 100_000,
    unit: 'entities',
    meaning: 'Where the warming of a world stops, after what is read most.',
  },
  warmMaxBytes: {
    ...whole(...ranges.bytes),
    default: undefined,
    absent: 'no limit',
    unit: 'bytes',
    meaning: 'The same by the size of what it brings in, give or take a chunk.',
  },
  popularityHalfLifeMs: {
    ...life,
    default: 600_000,
    unit: 'ms',
    meaning: 'After what time a read counts half.',
  },
  popularitySample: {
    ...whole(...ranges.readsInOne),
    default: 1,
    unit: 'reads',
    meaning: 'Of how many reads one is counted, as so many.',
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
    unit: 'ms',
    meaning: 'After what time without reads a world is no longer refreshed.',
  },
  refreshCron: {
    ...cron,
    default: '*/30 * * * * *',
    meaning: 'When popular timelines are renewed that would expire before the next round.',
  },
  decayCron: { ...cron, default: '* * * * *', meaning: 'When popularity is made to fade.' },
  pruneCron: {
    ...cron,
    default: '*/10 * * * *',
    meaning: 'When entities that are hardly read are dropped from the popular ones.',
  },
  sweepCron: { ...cron, default: '* * * * *', meaning: 'When stuck work is looked for.' },
  auditCron: {
    ...cron,
    default: '* * * * *',
    meaning: 'When a sample of every active world is compared with the truth.',
  },
  auditAllCron: {
    ...cron,
    default: '0 4 * * *',
    meaning: 'When all that is cached of every active world is.',
  },
  auditSample: {
    ...whole(...ranges.auditSample),
    default: 100,
    unit: 'entities',
    meaning: 'How many entities of a world a sample has, drawn by how often they are read.',
  },
  auditRepair: {
    ...yesOrNo,
    default: true,
    meaning: 'Invalidates what an audit finds, and does not only report it.',
  },
  auditAgesMs: {
    ...agesMs,
    default: '1000,10000,60000,300000',
    unit: 'ms',
    meaning:
      'After how long what differs is looked at again. What still differs at the last of them is reported.',
  },
  pendingMax: {
    ...whole(...ranges.pendingMax),
    default: 100_000,
    unit: 'events',
    meaning:
      'How many accepted events of one world may wait to be flushed. Above half of it appending slows down, beyond it appending is refused.',
  },
  port: {
    ...whole(0, 65_535),
    default: 3400,
    meaning: 'Where the pages, `/metrics` and the health checks are served; 0 for any free port.',
  },
  host: {
    ...text,
    default: '127.0.0.1',
    meaning: 'The address they are bound to. Only this machine itself, while there are no tokens.',
  },
  tokens: {
    ...text,
    right: '<name>:<role>:<token>, separated by commas; the role one of read, write, operate',
    default: undefined,
    absent: 'nobody is asked for one',
    meaning:
      'Who may use the pages and the HTTP API, for what. With these they may be served to other machines.',
    verbatim: true,
  },
  tokensFile: {
    ...text,
    default: undefined,
    meaning: 'A file of such tokens, one a line, in place of `HEARTH_TOKENS`.',
  },
  rateLimit: {
    ...whole(1, 10_000_000),
    default: 60_000,
    unit: 'requests a minute',
    meaning: 'How many requests one token (or, without tokens, this machine) may send.',
  },
  fleetCounts: {
    ...yesOrNo,
    default: true,
    meaning: "Adds what this process reads to what the overview shows of the fleet, in the queues' Redis.",
  },
  shutdownMs: {
    ...whole(100, 600_000),
    default: 5000,
    unit: 'ms',
    meaning: 'Within what time a process is gone after SIGTERM or SIGINT.',
  },
  startChecks: {
    ...oneOf('refuse', 'warn'),
    default: 'refuse',
    meaning:
      "What `hearth worker`, `scheduler` and `dashboard` do about a queues' Redis that evicts or (with " +
      '`NODE_ENV=production`) has no append-only file, a schema that is missing, and servers that are too old.',
  },
  logLevel: {
    ...oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    meaning: 'The least severe line that is logged.',
  },
  cluster: {
    ...yesOrNo,
    default: false,
    meaning: "The cache is a Redis Cluster: braces around world ids keep a world's keys in one slot.",
  },
  otlpEndpoint: {
    ...otlpEndpoint,
    default: undefined,
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    absent: 'no tracing',
    meaning: 'Switches tracing on: spans are sent to `/v1/traces` below this address.',
  },
  otlpTracesEndpoint: {
    ...otlpEndpoint,
    default: undefined,
    variable: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    absent: 'the one above',
    meaning: 'Switches tracing on, too: the whole address that spans are sent to.',
  },
  otlpProtocol: {
    ...text,
    variable: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    right: 'http/protobuf, where tracing is on',
    default: 'http/protobuf',
    meaning: 'How spans are sent: by HTTP, not by gRPC, whose port is another (4317).',
  },
  otlpTracesProtocol: {
    ...text,
    variable: 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    right: 'http/protobuf, where tracing is on',
    default: undefined,
    absent: 'the one above',
    meaning: 'The same for spans alone, where other programs send by gRPC.',
  },
  otelServiceName: {
    ...text,
    variable: 'OTEL_SERVICE_NAME',
    default: undefined,
    absent: '`hearth-worker`, `hearth-dashboard`, …',
    meaning: 'The name of this process in traces.',
  },
  otelTracesExporter: {
    ...oneOf('otlp', 'none'),
    variable: 'OTEL_TRACES_EXPORTER',
    default: undefined,
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
