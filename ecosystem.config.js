// pm2: `npx pm2 start ecosystem.config.js`, with HEARTH_REDIS_URL, HEARTH_NEO4J_URI and so on in the environment.
// NODE_ENV=production: a process does not start beside a queues' Redis without an append-only file.
// A named export: pm2 loads this file by require(), which hands it a module's exports.
export const apps = [
  {
    name: 'hearth-worker',
    cwd: import.meta.dirname,
    script: 'dist/cli/main.js',
    args: 'worker',
    // Not 'cluster': that shares one port among the instances, and each has metrics of its own to tell.
    exec_mode: 'fork',
    instances: 2,
    // The first serves /metrics and Bull Board at 3400, the next at 3401.
    increment_var: 'HEARTH_PORT',
    env: { NODE_ENV: 'production', HEARTH_PORT: 3400, HEARTH_SHUTDOWN_MS: 5000 },
    // Longer than HEARTH_SHUTDOWN_MS, so that a worker hands back its jobs before it is killed.
    kill_timeout: 8000,
    // It says so when it takes jobs. If its servers are not there yet it goes on waiting, and pm2 no longer does.
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
    // One acts; the other stands by and takes over within seconds.
    instances: 2,
    // Its pages are at 3450 and 3451, out of the way of the workers'.
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
