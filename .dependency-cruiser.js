/**
 * Who may import whom: imports point downward. A folder may import its own files, and what is listed; an entry with a
 * slash is one file or folder. CONTRIBUTING.md has this table too, and test/unit/imports.test.ts compares them.
 */
export const folders = {
  'index.ts': {
    may: ['hearth', 'config', 'jobs', 'queues', 'world', 'cache', 'telemetry', 'resilience', 'model'],
    because: 'A game backend gets the library; the pages and the command line are programs of their own.',
  },
  'testing.ts': {
    may: ['world'],
    because: 'People who write a world get the suites that it has to pass; nothing that ships imports them.',
  },
  cli: {
    may: [
      'hearth',
      'config',
      'dashboard',
      'jobs',
      'queues',
      'world',
      'cache',
      'telemetry',
      'resilience',
      'model',
    ],
    because: 'The command wires the processes, so it may use everything that is in the package.',
  },
  hearth: {
    may: ['config', 'jobs', 'queues', 'world', 'cache', 'telemetry', 'resilience', 'model'],
    because: 'The library wires the parts; it must run in a backend without a server of pages.',
  },
  dashboard: {
    may: [
      'queues',
      'cache',
      'telemetry',
      'resilience',
      'model',
      'jobs/audit/log.ts',
      'jobs/warm/being-warmed.ts',
    ],
    because:
      'Pages show the queues, the cache, and what jobs leave in Redis; a load goes through what the wiring passes in.',
  },
  jobs: {
    may: ['queues', 'world', 'cache', 'resilience', 'model'],
    because: 'A job uses the parts below it and is wired from above, so that it runs in any process.',
  },
  queues: {
    may: ['resilience', 'model', 'telemetry/tracing.ts'],
    because: 'A queue carries payloads; if it knew its worker, no backend could add jobs without the worker.',
  },
  telemetry: {
    may: ['cache', 'resilience', 'model'],
    because:
      'Metrics observe the cache; what they report of queues, schedules and audits is passed in, so that queues may trace.',
  },
  cache: {
    may: ['resilience', 'model'],
    because: 'The cache knows keys and leases, and gets the kinds passed in, so it can be understood alone.',
  },
  world: {
    may: ['resilience', 'model'],
    because: 'The source must not know that it is cached, or an audit could not trust it to check the cache.',
  },
  config: {
    may: ['model'],
    because: 'Settings are read before anything is opened, by every process alike.',
  },
  resilience: {
    may: ['model'],
    because: 'A breaker or a time limit serves every server, so it knows none.',
  },
  model: {
    may: [],
    because: 'The vocabulary is pure, so that every folder can share it.',
  },
  tools: {
    may: ['cli', 'hearth', 'config', 'model'],
    because: 'Starters of servers and writers of docs, for tests, benchmarks and builds; not in the package.',
  },
  bench: {
    may: [
      ...['index.ts', 'cli', 'hearth', 'config', 'jobs', 'queues', 'world', 'cache', 'resilience', 'model'],
      ...['tools'],
    ],
    because: 'A benchmark measures any part, beside servers that tools start; not in the package.',
  },
  test: {
    may: [
      ...[
        'index.ts',
        'testing.ts',
        'cli',
        'hearth',
        'config',
        'dashboard',
        'jobs',
        'queues',
        'world',
        'cache',
        'telemetry',
      ],
      ...['resilience', 'model', 'tools', 'bench'],
    ],
    because: 'A test may look at everything; nothing else may import a test.',
  },
}

const names = Object.keys(folders)
const pattern = name => (name.endsWith('.ts') ? `^${name.replaceAll('.', '\\.')}$` : `^${name}/`)
const notShipped = ['bench', 'test', 'tools'].map(pattern)

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
      comment: 'What is in the package must not need what is not.',
      severity: 'error',
      from: { pathNot: notShipped },
      to: { path: notShipped },
    },
    {
      name: 'model-is-pure',
      comment:
        'No input or output: of Node nothing, of packages only zod (schemas), lossless-json (numbers as they stand) and fastest-levenshtein (the name that was meant).',
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
      "Neo4j's types and errors must not leave its world, or another source could not take its place.",
    ),
    packageOnlyIn(
      ['ioredis'],
      ['cache/', 'queues/', 'resilience/(redis-words|lua-script)\\.ts$', 'cli/servers/redis-child\\.ts$'],
      'Elsewhere Redis is reached through the cache and the queues, which know its keys (what its errors mean is read from its sockets; the child of `hearth dev` is only pinged).',
    ),
    packageOnlyIn(['fastify', '@fastify', '@bull-board'], ['dashboard/'], 'One HTTP server, in one place.'),
    packageOnlyIn(
      ['prom-client'],
      ['telemetry/'],
      'Where all metrics are made, it can be seen that none has an id as a label.',
    ),
    packageOnlyIn(
      ['@opentelemetry', 'bullmq-otel'],
      [
        ...['telemetry/tracing\\.ts$', 'hearth/traced-(reads|loads)\\.ts$', 'queues/telemetry\\.ts$'],
        ...['dashboard/request-spans\\.ts$', 'cli/tracing\\.ts$'],
      ],
      'Where all spans are made, it can be seen that none has a value, and that nothing is made while tracing is off.',
    ),
    packageOnlyIn(
      ['jiti'],
      ['config/file\\.ts$'],
      'The configuration file is the only code of a user that is loaded.',
    ),
    packageOnlyIn(
      ['node-cron'],
      ['queues/schedules/', 'config/parsers\\.ts$'],
      'One clock for all schedules; the configuration checks an expression by the same package.',
    ),
    packageOnlyIn(
      ['commander', 'cli-table3', 'cli-progress'],
      ['cli/'],
      'A terminal is the business of the command alone.',
    ),
    {
      name: 'no-dev-packages',
      comment:
        'An installed hearth-cache has no dev dependencies (the optional testcontainers is asked for and may be missing; what the page in the browser uses is built into it).',
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
