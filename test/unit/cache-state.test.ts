import { expect, onTestFinished, test, vi } from 'vitest'
import { type CacheState, createCacheState, type Recorded } from '../../cache/cache-state.ts'

/** A breaker that the test opens and closes. */
function openBreaker(answeredAt: number) {
  const listeners: ((closed: boolean) => void)[] = []
  const breaker = {
    closed: true,
    answeredAt,
    onChange: (listener: (closed: boolean) => void) => void listeners.push(listener),
  }
  const turn = (closed: boolean) => {
    breaker.closed = closed
    for (const hear of listeners) hear(closed)
  }
  return { breaker, turn }
}

/** A promise that the test settles. */
function openPromise() {
  let resolve = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved
    reject = rejected
  })
  return { promise, resolve, reject }
}

/** A cache state with a breaker, an outbox and a clock that the test controls. */
function setup() {
  vi.useFakeTimers()
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const { breaker, turn } = openBreaker(performance.now())
  const states: CacheState[] = []
  const spans: Recorded[] = []
  const outbox = { delivered: true }
  const trust = createCacheState({
    breaker,
    onState: state => void states.push(state),
    async delivered(span) {
      spans.push(span)
      return outbox.delivered
    },
  })
  return { trust, breaker, states, spans, outbox, turn }
}

test('after an outage the cache is trusted when all changes recorded since before it, until a moment after it, are delivered', async () => {
  const { trust, states, spans, outbox, turn } = setup()
  await vi.advanceTimersByTimeAsync(1_000)
  turn(false)
  await vi.advanceTimersByTimeAsync(4_000)
  outbox.delivered = false
  turn(true)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(trust.isTrusted).toBe(false)
  expect(states).toEqual(['away', 'catching-up'])
  outbox.delivered = true
  await vi.advanceTimersByTimeAsync(1_000)
  expect(trust.isTrusted).toBe(true)

  const [first] = spans
  expect(first?.atLeastMs, 'recorded up to 200 ms after it was back').toBe(0)
  expect(first?.atMostMs, 'a minute before the last answer, 5 s before it was back').toBe(
    60_000 + 5_000 + 200,
  )
  const last = spans.at(-1) as Recorded
  expect(last.atLeastMs, 'what was recorded since is not waited for').toBeGreaterThan(1_000)
})

test('an outage during catching up starts it again, from the beginning of the first outage', async () => {
  const { trust, spans, outbox, turn } = setup()
  outbox.delivered = false
  turn(false)
  turn(true)
  await vi.advanceTimersByTimeAsync(5_000)
  turn(false)
  const asked = spans.length
  await vi.advanceTimersByTimeAsync(5_000)
  expect(spans.length, 'no question while it is away').toBe(asked)
  turn(true)
  outbox.delivered = true
  await vi.advanceTimersByTimeAsync(300)
  expect(trust.isTrusted).toBe(true)
  expect(spans.at(-1)?.atMostMs).toBeGreaterThanOrEqual(70_000)
})

test('the late answer of a change ends the doubt, whatever the outbox says', async () => {
  const { trust, outbox } = setup()
  outbox.delivered = false
  let answer = () => {}
  trust.doubt(
    new Promise<void>(resolve => {
      answer = resolve
    }),
  )
  trust.recorded()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(trust.isTrusted).toBe(false)
  answer()
  await vi.advanceTimersByTimeAsync(0)
  expect(trust.isTrusted).toBe(true)
})

test.each(['one answer of two', 'an answer that is an error', 'an answer after an outage'])(
  '%s does not end it',
  async what => {
    const { trust, outbox, turn } = setup()
    outbox.delivered = false
    const never = new Promise<void>(() => {})
    if (what === 'one answer of two') trust.doubt(never)
    if (what === 'an answer that is an error') trust.doubt(Promise.reject(new Error('READONLY')))
    let answer = () => {}
    trust.doubt(
      new Promise<void>(resolve => {
        answer = resolve
      }),
    )
    if (what === 'an answer after an outage') {
      turn(false)
      turn(true)
    }
    await vi.advanceTimersByTimeAsync(0)
    answer()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(trust.isTrusted).toBe(false)
    outbox.delivered = true
    await vi.advanceTimersByTimeAsync(2_000)
    expect(trust.isTrusted).toBe(true)
  },
)

test('an outbox that does not answer is no reason to trust', async () => {
  const { trust, turn } = setup()
  const own = openBreaker(0)
  const failing = createCacheState({
    breaker: own.breaker,
    delivered: async () => {
      throw new Error('Neo4j is away')
    },
    onState: () => {},
  })
  own.turn(false)
  own.turn(true)
  turn(true)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(failing.isTrusted).toBe(false)
  failing.stop()
  trust.stop()
})

test('while it is not known which server answers it is away; the same one is trusted at once, also beside a late answer', async () => {
  const { trust, states, spans } = setup()
  const same = openPromise()
  const late = openPromise()
  trust.suspend(same.promise)
  trust.doubt(late.promise)
  late.resolve()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(states).toEqual(['away'])
  same.resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(states).toEqual(['away', 'trusted'])
  expect(spans).toEqual([])
})

test('another server is trusted when what was recorded until it was known has been delivered', async () => {
  const { trust, states, spans, outbox } = setup()
  outbox.delivered = false
  const same = openPromise()
  trust.suspend(same.promise)
  await vi.advanceTimersByTimeAsync(1_000)
  same.reject(new Error('another server answers'))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(states).toEqual(['away', 'catching-up'])
  expect(spans[0]).toEqual({ atLeastMs: 0, atMostMs: 60_000 + 1_200 })
  outbox.delivered = true
  await vi.advanceTimersByTimeAsync(1_000)
  expect(states).toEqual(['away', 'catching-up', 'trusted'])
})

test('nothing is reported after stop: the connections that its owner closes are no outage', async () => {
  const { trust, states, turn } = setup()
  trust.stop()
  trust.suspend(openPromise().promise)
  turn(false)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(states).toEqual([])
  expect(trust.isTrusted).toBe(false) // and nothing is read from a closed cache
})
