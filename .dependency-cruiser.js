/** Imports point downward. Each rule says why it is there. */
const only = (from, allowed, comment) => ({
  name: `${from}-imports-only`,
  comment,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(index|config|hearth|errors)\\.ts$|^(cli|cache|world|queues|jobs|dashboard|bench|test)/',
    pathNot: allowed,
  },
})
const packageOnlyIn = (name, places, comment) => ({
  name: `${name}-only-in`,
  comment,
  severity: 'error',
  from: { pathNot: places },
  to: { path: `node_modules/${name}/` },
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
    only(
      'cache',
      '^cache/|^errors',
      'The cache knows keys and leases; what a value means is told to it, so it can be understood alone.',
    ),
    only(
      'world',
      '^world/|^errors',
      'The truth must not know that it is cached, or it could not be trusted to check the cache.',
    ),
    only(
      'queues',
      '^queues/|^errors',
      'Queues carry payloads; a queue that knew its worker could not be produced to from a backend.',
    ),
    only(
      'jobs',
      '^(jobs|cache|world|queues)/|^errors',
      'A job uses the three below it and is wired from above, so that it runs in any process.',
    ),
    only(
      'dashboard',
      '^(dashboard|queues|cache)/|^errors',
      'Pages look at queues and cache; whatever loads from the truth goes through a job.',
    ),
    {
      name: 'not-to-bench-or-test',
      comment: 'What ships must not need what does not.',
      severity: 'error',
      from: { pathNot: '^(bench|test)/' },
      to: { path: '^(bench|test)/' },
    },
    packageOnlyIn(
      'bullmq',
      '^(queues|jobs|dashboard|bench|test)/',
      'Elsewhere a queue is a function that takes a payload.',
    ),
    packageOnlyIn(
      'neo4j-driver',
      '^(world|bench|test)/',
      'Neo4j types (its integers, its dates) must not leak past the world.',
    ),
    packageOnlyIn('fastify', '^dashboard/|^test/', 'One HTTP server, in one place.'),
    packageOnlyIn(
      '(@opentelemetry|bullmq-otel)',
      '^(tracing|traced-reads|world/traced|queues/telemetry|dashboard/request-spans|cli/tracing)\\.ts$|^(bench|test)/',
      'Where all spans are made, it can be seen that none tells a value, and that nothing is made where tracing is off.',
    ),
    {
      name: 'no-dev-packages',
      comment:
        'An installed hearth-cache has no dev dependencies (the optional testcontainers is asked for and may be missing; what the page in the browser uses is built into it).',
      severity: 'error',
      from: { pathNot: '^(bench|test)/|^cli/servers/docker|^dashboard/page/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
