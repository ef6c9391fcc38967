/** What the library stands on. */
const below = ['config', 'jobs', 'queues', 'world', 'cache', 'telemetry', 'resilience', 'model']

/**
 * Which folder may import which: imports point downward. A folder may import its own files, and what is listed; an entry with a
 * slash is one file or folder. CONTRIBUTING.md has this table too, and test/unit/imports.test.ts compares them.
 */
export const folders = {
  'index.ts': {
    may: ['hearth', ...below],
    because: 'A game backend gets the library; the pages and the command line are separate programs.',
  },
  'testing.ts': {
    may: ['world'],
    because:
      'Programmers of a world get the suites that it must pass; no other folder of the package imports them.',
  },
  cli: {
    may: ['index.ts', 'hearth', 'dashboard', ...below],
    because: 'The command wires the processes, so it may use the whole package.',
  },
  hearth: {
    may: below,
    because: 'The library wires the parts; it must run in a backend without a web server.',
  },
  dashboard: {
    may: [
      'queues',
      'cache',
      'telemetry',
      'resilience',
      'model',
      'jobs/audit/log.ts',
      'jobs/operations.ts',
      'jobs/warm/being-warmed.ts',
    ],
    because:
      'Pages show the queues, the cache, and results that jobs leave in Redis; the wiring passes in the loads.',
  },
  jobs: {
    may: ['queues', 'world', 'cache', 'resilience', 'model'],
    because:
      'A job uses the folders below it; the wiring passes in the rest, so that it runs in any process.',
  },
  queues: {
    may: ['resilience', 'model', 'telemetry/tracing.ts'],
    because:
      'A queue transports payloads; if it imported its worker, a backend could not add jobs without the worker.',
  },
  telemetry: {
    may: ['cache', 'resilience', 'model'],
    because:
      'Metrics observe the cache; values of queues, schedules and audits are passed in, so that queues may import tracing.',
  },
  cache: {
    may: ['resilience', 'model'],
    because: 'The cache knows keys and leases; the kinds are passed in, so it can be understood alone.',
  },
  world: {
    may: ['config/define.ts', 'resilience', 'model'],
    because: 'The source must not depend on its cache, because audits check the cache against the source.',
  },
  config: {
    may: ['model'],
    because: 'Settings are read before anything is opened, in the same way by every process.',
  },
  resilience: {
    may: ['model'],
    because: 'A breaker or a time limit works for every server, so it depends on none.',
  },
  model: {
    may: [],
    because: 'The vocabulary is pure, so that every folder can share it.',
  },
  tools: {
    may: ['cli', 'hearth', 'config', 'model'],
    because:
      'Helpers that start servers and write docs, for tests, benchmarks and builds; not in the package.',
  },
  bench: {
    may: [
      'index.ts',
      'cli',
      'hearth',
      'dashboard',
      'config',
      'jobs',
      'queues',
      'world',
      'cache',
      'resilience',
      'model',
      'tools',
    ],
    because: 'A benchmark measures any part, with servers that tools start; not in the package.',
  },
  examples: {
    may: ['index.ts'],
    because: 'An example is what a game writes, so it imports the package as a game does.',
  },
  test: {
    may: ['index.ts', 'testing.ts', 'cli', 'hearth', 'dashboard', ...below, 'tools', 'bench'],
    because: 'A test may import everything; no other folder may import a test.',
  },
}

const names = Object.keys(folders)
const pattern = name => (name.endsWith('.ts') ? `^${name.replaceAll('.', '\\.')}$` : `^${name}/`)
const notShipped = ['bench', 'examples', 'test', 'tools'].map(pattern)

const folderRule = name => ({
  name: `${name}-imports-only-what-it-may`,
  comment: folders[name].because,
  severity: 'error',
  from: { path: pattern(name) },
  to: { dependencyTypes: ['local'], pathNot: [name, ...folders[name].may].map(pattern).concat('\\.json$') },
})

const packageOnlyIn = (packages, places, comment) => ({
  name: `${packages[0]}-only-where-it-belongs`,
  comment,
  severity: 'error',
  from: { pathNot: [...places.map(place => `^${place}`), ...notShipped] },
  to: { path: packages.map(name => `node_modules/${name}/`) },
})

export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'A circle has no first file to read.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every-file-has-a-rule',
      comment: 'A file in a folder that no rule knows could import anything, unseen: give the folder a rule.',
      severity: 'error',
      from: { pathNot: [...names.map(pattern), '^[\\w.-]+\\.js$', '^vitest\\.config\\.ts$'] },
      to: {},
    },
    ...names.map(folderRule),
    {
      name: 'ships-without-tools-bench-test',
      comment: 'Files of the package must not import files that are not in it.',
      severity: 'error',
      from: { pathNot: [...notShipped, '^vitest\\.config\\.ts$'] },
      to: { path: notShipped },
    },
    {
      name: 'model-is-pure',
      comment:
        'No input or output: nothing from Node, and only the packages zod (schemas), lossless-json (exact numbers) and fastest-levenshtein (suggests names).',
      severity: 'error',
      from: { path: '^model/' },
      to: { dependencyTypesNot: ['local'], pathNot: 'node_modules/(zod|lossless-json|fastest-levenshtein)/' },
    },
    packageOnlyIn(
      ['bullmq'],
      ['queues/', 'jobs/', 'dashboard/'],
      'Elsewhere a queue is a function that takes a payload.',
    ),
    packageOnlyIn(
      ['neo4j-driver'],
      ['world/neo4j/'],
      "Neo4j's types and errors must not leave its world, or another source could not replace it.",
    ),
    packageOnlyIn(
      ['ioredis'],
      [
        'cache/',
        'queues/',
        'resilience/(redis-words|redis-sentinel|redis-slot|redis-place|redis-writes|lua-script|replicated-scripts)\\.ts$',
        'cli/servers/redis-child\\.ts$',
      ],
      'Other folders use Redis through the cache and the queues, which know its keys (`resilience/` interprets its errors; the child of `hearth dev` is only pinged).',
    ),
    packageOnlyIn(['fastify', '@fastify', '@bull-board'], ['dashboard/'], 'One HTTP server, in one place.'),
    packageOnlyIn(
      ['prom-client'],
      ['telemetry/'],
      'All metrics are created in one folder, so it is easy to check that none has an id as a label.',
    ),
    packageOnlyIn(
      ['@opentelemetry', 'bullmq-otel'],
      [
        'telemetry/tracing\\.ts$',
        'hearth/traced-(reads|loads)\\.ts$',
        'queues/telemetry\\.ts$',
        'dashboard/request-spans\\.ts$',
        'cli/tracing\\.ts$',
      ],
      'All spans are created in these files, so it is easy to check that none has a value, and that none is created while tracing is off.',
    ),
    packageOnlyIn(
      ['jiti'],
      ['config/file\\.ts$'],
      'The configuration file is the only code of a user that Hearth loads.',
    ),
    packageOnlyIn(
      ['node-cron'],
      ['queues/schedules/', 'config/parsers\\.ts$'],
      'One clock for all schedules; the configuration checks an expression by the same package.',
    ),
    packageOnlyIn(
      ['commander', 'cli-table3', 'cli-progress'],
      ['cli/'],
      'Only the command writes to a terminal.',
    ),
    {
      name: 'no-dev-packages',
      comment:
        'An installed hearth-cache has no dev dependencies (the optional testcontainers may be missing; packages that the page in the browser uses are bundled).',
      severity: 'error',
      from: {
        pathNot: [...notShipped, '^cli/servers/docker\\.ts$', '^dashboard/page/', '^vitest\\.config\\.ts$'],
      },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|docs|coverage)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
