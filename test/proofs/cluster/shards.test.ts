import { expect, test } from 'vitest'
import { moveSlot } from '../../support/many-redis.ts'
import { startShardGame } from '../../support/shard-game.ts'

const inTime = { timeout: 60_000, interval: 20 }

test('a primary freezes: its worlds are read from the source, others as if nothing had happened, also by the relay', async () => {
  const game = await startShardGame()
  const { sick, ill, well, trusts, weatherOf, notServed, change, changeAlone, append, pendingOf } = game
  const [one, two] = ill as [string, string]
  const [other, another] = well as [string, string]
  const frozenAt = performance.now()
  await sick.process.kill('SIGSTOP')
  await expect.poll(() => notServed([one]).then(() => trusts(one)), inTime).toBe(false)
  const noticedMs = performance.now() - frozenAt
  await expect.poll(() => notServed(well), inTime).toBe(0)
  expect(game.hearth.cache.cacheState.doubted?.names, 'no other is').toEqual([`127.0.0.1:${sick.port}`])
  await game.hearth.cache.ping()

  await expect.poll(() => change(other, 'storm'), inTime).toBe('invalidated')
  expect(await weatherOf(other)).toBe('storm')
  expect(await change(one, 'storm')).toBe('deferred')
  expect(await weatherOf(one), 'from the source').toBe('storm')
  expect((await append(one)).outcome).toBe('deferred')
  await expect.poll(async () => (await append(other)).outcome, inTime).toBe('visible')
  await changeAlone(two, 'rain')
  await changeAlone(another, 'rain')
  game.startRelay() // all in one batch
  await expect.poll(pendingOf, inTime).toEqual(new Set([one, two]))
  expect(await weatherOf(another)).toBe('rain')

  const backAt = performance.now()
  await sick.process.kill('SIGCONT')
  await game.warm()
  console.log(
    `noticed after ${Math.round(noticedMs)} ms, trusted ${Math.round(performance.now() - backAt)} ms after it was back`,
  )
  expect(await pendingOf()).toEqual(new Set())
  expect([await weatherOf(one), await weatherOf(two)]).toEqual(['storm', 'rain'])
})

test('a primary is killed and its replica promoted: its worlds are trusted when what they lack has been delivered', async () => {
  const game = await startShardGame()
  const { sick, replica, ill, well, key, trusts, weatherOf, notServed, change } = game
  const [one] = ill as [string]
  const { cacheState } = game.hearth.cache
  const before = cacheState.breakerOf(key(one))
  await sick.process.kill('SIGKILL')
  await expect.poll(() => notServed([one]).then(() => trusts(one)), inTime).toBe(false)
  await expect.poll(() => notServed(well), inTime).toBe(0)
  expect(await change(one, 'storm')).toBe('deferred')

  await replica.admin.config('SET', 'cluster-replica-no-failover', 'no')
  const isPromoted = () => cacheState.breakerOf(key(one)) !== before && cacheState.breakerOf(key(one)).closed
  await expect.poll(isPromoted, inTime).toBe(true)
  expect(await replica.admin.exists(`lw:world:{${one}}:flags`), 'the old value').toBe(1)
  await expect.poll(() => cacheState.current, inTime).toBe('catching-up')
  expect(trusts(one)).toBe(false)
  expect(await weatherOf(one)).toBe('storm')
  game.startRelay()
  await game.warm()
  expect(await weatherOf(one)).toBe('storm')
})

test('a slot in TRYAGAIN takes the trust from its own world alone, and holds up no other change, direct or relayed', async () => {
  const game = await startShardGame()
  const { nodes, sick, ill, trusts, weatherOf, notServed, change, changeAlone, pendingOf } = game
  const [stuck, beside] = ill as [string, string]
  const target = nodes.slice(0, 3).find(node => node !== sick) as typeof sick
  const finish = await moveSlot(`lw:world:{${stuck}}:flags`, sick, target, { onlyOne: true })
  await expect.poll(() => change(stuck, 'storm'), inTime).toBe('deferred')
  expect(trusts(stuck)).toBe(false)
  expect(await weatherOf(stuck), 'from the source').toBe('storm')
  await expect.poll(() => notServed([beside]), inTime).toBe(0)
  let isDone = false
  const changesOfStuck = async () => {
    while (!isDone) expect(await change(stuck, 'storm')).toBe('deferred')
  }
  const changing = changesOfStuck()
  await expect.poll(() => change(beside, 'rain'), inTime).toBe('invalidated')
  isDone = true
  await changing
  expect(trusts(stuck)).toBe(false)

  await changeAlone(stuck, 'hail')
  await changeAlone(beside, 'hail')
  game.startRelay() // all in one batch
  await expect.poll(pendingOf, inTime).toEqual(new Set([stuck]))
  expect([await weatherOf(beside), await weatherOf(stuck)]).toEqual(['hail', 'hail'])

  await finish()
  await game.warm()
  expect(await pendingOf()).toEqual(new Set())
  expect(await weatherOf(stuck)).toBe('hail')
})
