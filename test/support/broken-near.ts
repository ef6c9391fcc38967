import { createNear, type NearParts } from '../../cache/near/near.ts'
import type { Kept, NearStore, Placeholder } from '../../cache/near/near-store.ts'
import type { OpenTracked } from '../../cache/near/tracked-connection.ts'
import type { MakeNear } from './near-model/processes.ts'

/** Near caches that each break one rule of the design: what a test of the protocol must notice. */

const broken =
  (parts: (good: NearParts) => Partial<NearParts>): MakeNear =>
  (deps, good) =>
    createNear(deps, { ...good, ...parts(good) })

const brokenStore = (breaking: (store: NearStore) => Partial<NearStore>): MakeNear =>
  broken(good => ({
    createNearStore(maxBytes) {
      const store = good.createNearStore(maxBytes)
      return { ...store, ...breaking(store) }
    },
  }))

const brokenConnection = (breaking: (open: OpenTracked) => OpenTracked): MakeNear =>
  broken(good => ({ openTracked: breaking(good.openTracked) }))

/** A read does not wait for a round trip. */
export const withoutFence = broken(() => ({
  createFences: () => ({
    pass: async () => ({ sentAt: performance.now() }),
    lastSentAt: Number.NEGATIVE_INFINITY,
  }),
}))

/** A read joins a fence that was sent before it began. */
export const fenceJoinedLate = broken(good => ({
  createFences(deps) {
    const fences = good.createFences(deps)
    let underWay: ReturnType<typeof fences.pass> | undefined
    return {
      pass() {
        underWay ??= fences.pass().finally(() => {
          underWay = undefined
        })
        return underWay
      },
      get lastSentAt() {
        return fences.lastSentAt
      },
    }
  },
}))

/** The age of a bounded read counts from when its fence was answered. */
export const agedFromAnswer = broken(good => ({
  createFences(deps) {
    const fences = good.createFences(deps)
    let lastAnsweredAt = Number.NEGATIVE_INFINITY
    return {
      async pass() {
        const fence = await fences.pass()
        if (fence.sentAt !== undefined) lastAnsweredAt = performance.now()
        return fence
      },
      get lastSentAt() {
        return lastAnsweredAt
      },
    }
  },
}))

const keepAnyway = (store: NearStore, placeholder: Placeholder, found: Kept): void => {
  store.forget(placeholder)
  store.keep(store.expect(placeholder.key), found)
}

/** An answer is kept, whatever was invalidated since its read was sent. */
export const withoutPlaceholder = brokenStore(store => ({
  keep: (placeholder, found) => keepAnyway(store, placeholder, found),
}))

/** What is near stays when the connection that it was read over is lost, or Redis was flushed. */
export const valuesOfLostConnection = brokenStore(() => ({ clear: () => {} }))

/** An answer is kept although its connection is lost. */
export const answersOfLostConnection = brokenStore(store => {
  const asked = new Map<string, Set<Placeholder>>()
  return {
    expect(key) {
      const placeholder = store.expect(key)
      asked.set(key, (asked.get(key) ?? new Set()).add(placeholder))
      return placeholder
    },
    drop(key) {
      asked.delete(key)
      store.drop(key)
    },
    keep(placeholder, found) {
      if (asked.get(placeholder.key)?.has(placeholder)) keepAnyway(store, placeholder, found)
      else store.forget(placeholder)
    },
  }
})

/** A value is served although it was invalidated while its read waited for the fence. */
export const notLookedAtAgain = brokenStore(store => ({
  find(...of) {
    const near = store.find(...of)
    return near && { ...near }
  },
}))

/** Served while Redis is not trusted. */
export const servedUntrusted: MakeNear = (deps, parts) => ({ ...createNear(deps, parts), clear: () => {} })

/** Served although quarantined. */
export const servedQuarantined: MakeNear = (deps, parts) => ({ ...createNear(deps, parts), drop: () => {} })

/** A value outlives its entry in Redis. */
export const outlivingRedis = brokenConnection(open => async options => {
  const connection = await open(options)
  return {
    ...connection,
    async read(keys) {
      const found = await connection.read(keys)
      return found?.map(each => (each.ttlMs > 0 ? { ...each, ttlMs: Number.POSITIVE_INFINITY } : each))
    },
  }
})

/** A flush of Redis empties nothing. */
export const unflushed = brokenConnection(
  open => options =>
    open({
      ...options,
      onInvalidated(key) {
        if (key !== null) options.onInvalidated(key)
      },
    }),
)

/** A server whose invalidations come after the answer that they belong before, as broadcast ones may. */
export const signalledLate = brokenConnection(open => async ({ onInvalidated, ...options }) => {
  const signals: (string | null)[] = []
  const connection = await open({ ...options, onInvalidated: key => void signals.push(key) })
  return {
    ...connection,
    async fence() {
      const answer = await connection.fence()
      setImmediate(() => {
        for (const key of signals.splice(0)) onInvalidated(key)
      })
      return answer
    },
  }
})

/** The same server, and no self-test. */
export const signalledLateUntested: MakeNear = (deps, parts) =>
  signalledLate(deps, { ...parts, selfTest: async () => {} })
