import { createPrivacy, type PrivacyOptions, privacyRules, readableEvent } from '../../model/privacy.ts'
import { checkedWorld } from '../checked.ts'
import type { World } from '../world.ts'
import { memoryOutbox } from './outbox.ts'
import { readsOf } from './reads.ts'
import type { WorldState } from './state.ts'
import { memberWritesOf, stateWritesOf } from './writes.ts'

/** A world in the memory of this process, for trying and testing. It holds several worlds, and ends with the process. */
export type EmbeddedWorld = World

/** Behaves as the worlds in a database do (one contract test suite holds all); every value is copied on its way in and out. */
export function embeddedWorld(options: { privacy?: PrivacyOptions } = {}): EmbeddedWorld {
  const privacy = createPrivacy(options.privacy)
  const worlds = new Map<string, WorldState>()
  const outbox = memoryOutbox()
  return checkedWorld({
    outbox,
    decides: { privacy: privacyRules(options.privacy) },
    async ready() {},
    ...readsOf(worlds, privacy),
    ...stateWritesOf(worlds, privacy, outbox),
    ...memberWritesOf(worlds),
    readable: event => readableEvent(privacy, event),
    async close() {},
  })
}
