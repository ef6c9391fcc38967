// pm2: `npx pm2 start ecosystem.config.js`, with HEARTH_REDIS_URL, HEARTH_NEO4J_URI and so on in the environment.
// NODE_ENV=production: a process does not start if the queues' Redis has no append-only file.
// A named export: pm2 loads this file by require(), which returns a module's exports.
export const apps = [
  {
    name: 'hearth-worker',
    cwd: import.meta.dirname,
    script: 'dist/cli/main.js',
    args: 'worker',
    // Not 'cluster', in which the instances share one port, because each instance has its own metrics.
    exec_mode: 'fork',
    instances: 2,
    // The first serves /metrics and Bull Board at 3400, the next at 3401.
    increment_var: 'HEARTH_PORT',
    env: { NODE_ENV: 'production', HEARTH_PORT: 3400, HEARTH_SHUTDOWN_MS: 5000 },
    // Longer than HEARTH_SHUTDOWN_MS, so that a worker hands back its jobs before it is killed.
    kill_timeout: 8000,
    // The process reports when it takes jobs. If its servers are away, it keeps waiting, but pm2 does not.
    wait_ready: true,
    listen_timeout: 10_000,
    exp_backoff_restart_delay: 200,
    merge_logs: true,
  },
  {
    name: 'hearth-scheduler',
    cwd: import.meta.dirname,
    script: 'dist/cli/main.js',
    args: 'scheduler',
    exec_mode: 'fork',
    // One is active; the other takes over within seconds.
    instances: 2,
    // Their pages are at 3450 and 3451, after the workers' ports.
    increment_var: 'HEARTH_PORT',
    env: { NODE_ENV: 'production', HEARTH_PORT: 3450, HEARTH_SHUTDOWN_MS: 5000 },
    kill_timeout: 8000,
    wait_ready: true,
    listen_timeout: 10_000,
    exp_backoff_restart_delay: 200,
    merge_logs: true,
  },
  {
    name: 'hearth-dashboard',
    cwd: import.meta.dirname,
    script: 'dist/cli/main.js',
    args: 'dashboard',
    exec_mode: 'fork',
    instances: 1,
    // Other machines can reach it only once HEARTH_TOKENS and HEARTH_HOST are set.
    env: { NODE_ENV: 'production', HEARTH_PORT: 3480, HEARTH_SHUTDOWN_MS: 5000 },
    kill_timeout: 8000,
    wait_ready: true,
    listen_timeout: 10_000,
    exp_backoff_restart_delay: 200,
    merge_logs: true,
  },
]
