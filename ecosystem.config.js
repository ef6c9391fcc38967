// pm2: `npx pm2 start ecosystem.config.js`, with HEARTH_REDIS_URL, HEARTH_NEO4J_URI and so on in the environment.
// NODE_ENV=production: a process does not start if the queues' Redis has no append-only file.
// A named export: pm2 loads this file by require(), which returns a module's exports.
export const apps = [
  // The first serves /metrics and Bull Board at 3400, the next at 3401.
  app('worker', { instances: 2, port: 3400 }),
  // One is active; the other takes over within seconds. Their pages are at 3450 and 3451.
  app('scheduler', { instances: 2, port: 3450 }),
  // Other machines can reach it only once HEARTH_TOKENS and HEARTH_HOST are set.
  app('dashboard', { instances: 1, port: 3480 }),
]

/** One command of `hearth`; each further instance has the next port. */
function app(command, { instances, port }) {
  return {
    name: `hearth-${command}`,
    cwd: import.meta.dirname,
    script: 'dist/cli/main.js',
    args: command,
    // Not 'cluster', in which the instances share one port, because each instance has its own metrics.
    exec_mode: 'fork',
    instances,
    ...(instances > 1 && { increment_var: 'HEARTH_PORT' }),
    env: { NODE_ENV: 'production', HEARTH_PORT: port, HEARTH_SHUTDOWN_MS: 5000 },
    // Longer than HEARTH_SHUTDOWN_MS, so that a worker hands back its jobs before it is killed.
    kill_timeout: 8000,
    // The process reports when it takes jobs. If its servers are away, it keeps waiting, but pm2 does not.
    wait_ready: true,
    listen_timeout: 10_000,
    exp_backoff_restart_delay: 200,
    merge_logs: true,
  }
}
