import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { onPath } from '../../cli/servers/on-path.ts'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { startChild } from '../../cli/servers/start-child.ts'
import { redisUrl } from '../support/servers.ts'

const command = onPath('redis-server', process.env)
if (!command) console.log('[servers] no redis-server on the PATH: the tests of Redis as a child are skipped')

async function isolated(options: Parameters<typeof startRedis>[0] = {}) {
  const server = await startRedis({ isolated: true, ...options })
  onTestFinished(() => server.stop())
  const { process: child } = server
  if (!child) throw new Error(`not a child: ${server.how}`)
  return { server, child, redis: client(server.url) }
}

function client(url: string): Redis {
  const redis = new Redis(url)
  redis.on('error', () => {}) // it comes back by itself after a restart
  onTestFinished(() => redis.disconnect())
  return redis
}

async function setting(redis: Redis, name: string): Promise<string | undefined> {
  const [, value] = (await redis.config('GET', name)) as string[]
  return value
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test.skipIf(!command)('a killed Redis for the queue comes back on its port with its data', async () => {
  const { child, redis } = await isolated()
  expect(await redis.ping()).toBe('PONG')
  await redis.config('SET', 'appendfsync', 'always')
  await redis.set('kept', 'yes')
  const killed = child.pid
  await child.kill('SIGKILL')
  expect(isRunning(killed)).toBe(false)
  await child.restart()
  expect(child.pid).not.toBe(killed)
  expect(await redis.get('kept')).toBe('yes')
})

test.skipIf(!command)('stop leaves no process, no folder and no listener, and is safe twice', async () => {
  const listeners = process.listenerCount('exit')
  const { server, child, redis } = await isolated()
  const folder = await setting(redis, 'dir')
  const { pid } = child
  expect(existsSync(String(folder))).toBe(true)
  expect(process.listenerCount('exit')).toBe(listeners + 1)
  await Promise.all([server.stop(), server.stop()])
  await server.stop()
  expect(isRunning(pid)).toBe(false)
  expect(existsSync(String(folder))).toBe(false)
  expect(process.listenerCount('exit')).toBe(listeners)
  await expect(child.restart()).rejects.toMatchObject({ code: 'Closed' })
})

test.skipIf(!command)('a halted Redis is stopped all the same', async () => {
  const { server, child } = await isolated()
  const { pid } = child
  await child.kill('SIGSTOP')
  await server.stop()
  expect(isRunning(pid)).toBe(false)
})

test.skipIf(!command)('each purpose has its own persistence and eviction', async () => {
  const queue = (await isolated({ purpose: 'queue' })).redis
  expect(await setting(queue, 'maxmemory-policy')).toBe('noeviction')
  expect(await setting(queue, 'appendonly')).toBe('yes')
  expect(await setting(queue, 'appendfsync')).toBe('everysec')
  expect(await setting(queue, 'maxmemory')).toBe('0')
  const cache = (await isolated({ purpose: 'cache', maxMemory: '64mb' })).redis
  expect(await setting(cache, 'maxmemory-policy')).toBe('volatile-lfu')
  expect(await setting(cache, 'appendonly')).toBe('no')
  expect(await setting(cache, 'save')).toBe('')
  expect(await setting(cache, 'maxmemory')).toBe(String(64 * 1024 * 1024))
  expect(await setting(cache, 'bind')).toBe('127.0.0.1')
})

test('HEARTH_REDIS_URL takes precedence, and stop does not stop that server', async () => {
  const named: StartedRedis = await startRedis({ env: { ...process.env, HEARTH_REDIS_URL: redisUrl() } })
  expect(named.url).toBe(redisUrl())
  expect(named.process).toBeUndefined()
  await named.stop()
  expect(await client(redisUrl()).ping()).toBe('PONG')
})

test.skipIf(!command)('isolated starts a separate server, even with HEARTH_REDIS_URL', async () => {
  const { server } = await isolated({ env: { ...process.env, HEARTH_REDIS_URL: redisUrl() } })
  expect(server.url).not.toBe(redisUrl())
})

test.skipIf(!command)('a port that another process took first costs only another attempt', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const address = other.address()
  const taken = address && typeof address === 'object' ? address.port : 0
  const tried: string[] = []
  const child = await startChild({
    name: 'Redis',
    command: String(command),
    args: ({ folder, port }) => {
      tried.push(folder)
      return ['--port', String(tried.length === 1 ? taken : port), '--bind', '127.0.0.1', '--save', '']
    },
    env: { ...process.env, LC_ALL: 'C' },
    answers: async ({ log }) => (await log()).includes('Ready to accept connections'),
    readyMs: 10_000,
    stopMs: 1_000,
  })
  onTestFinished(() => child.stop())
  expect(tried).toHaveLength(2)
  expect(existsSync(String(tried[0]))).toBe(false)
  expect(await client(`redis://127.0.0.1:${child.port}`).ping()).toBe('PONG')
})

test('a server that dies at once is reported with the lines of its log, and leaves no folder', async () => {
  let folder = ''
  const starting = startChild({
    name: 'Redis',
    command: '/bin/sh',
    args: place => {
      folder = place.folder
      return ['-c', 'echo first; echo "out of luck" >&2; exit 3']
    },
    env: {},
    answers: async () => false,
    readyMs: 10_000,
    stopMs: 1_000,
  })
  await expect(starting).rejects.toMatchObject({
    code: 'ServerMissing',
    message: expect.stringMatching(/Redis ended \(code 3\).*\nfirst\nout of luck/),
  })
  expect(folder).not.toBe('')
  expect(existsSync(folder)).toBe(false)
})

test('a server that never answers is killed after the time limit', async () => {
  let pid = 0
  const starting = startChild({
    name: 'Redis',
    command: '/bin/sh',
    args: () => ['-c', 'trap "" TERM; while :; do /bin/sleep 1; done'],
    env: {},
    answers: async running => {
      pid = running.pid
      return false
    },
    readyMs: 200,
    stopMs: 200,
  })
  await expect(starting).rejects.toMatchObject({ message: expect.stringContaining('within 200 ms') })
  expect(isRunning(pid)).toBe(false)
})

test.skipIf(!command).each(['SIGKILL', 'SIGINT', 'exit'] as const)(
  'a Redis does not outlive a process that ends by %s without stopping it',
  async ending => {
    const module = fileURLToPath(new URL('../../cli/servers/redis.ts', import.meta.url))
    const script = `
      import { startRedis } from ${JSON.stringify(module)}
      const server = await startRedis({ isolated: true })
      console.log(server.url)
      process.stdin.once('data', () => process.exit(0))`
    const starter = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void starter.kill('SIGKILL'))
    const [url] = (await once(createInterface(starter.stdout), 'line')) as [string]
    const redis = client(url)
    const folder = String(await setting(redis, 'dir'))
    expect(existsSync(folder)).toBe(true)

    const lost = once(redis, 'close')
    if (ending === 'exit') starter.stdin.write('now\n')
    else starter.kill(ending)
    await lost
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 10_000 })
    const again = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
    again.on('error', () => {})
    await expect(again.connect()).rejects.toThrow()
  },
)

test.skipIf(!command)(
  'Ctrl-C in the terminal does not reach it, because it has its own process group',
  async () => {
    const { child } = await isolated()
    expect(isRunning(-child.pid)).toBe(true)
  },
)
