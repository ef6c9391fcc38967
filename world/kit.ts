/**
 * The rules that every world shares, for those who write one (docs/world.md): what is private, what is refused, and in
 * which order things come.
 */

export { checkEntities, checkEvents, checkFlags, checkSnapshot } from '../model/input.ts'
export { copyJson, withDigitsOf } from '../model/json.ts'
export type { OutboxNode } from '../model/outbox-node.ts'
export { setProperties, storedNames } from '../model/own-names.ts'
export {
  createPrivacy,
  meansPrivate,
  ownValue,
  type Privacy,
  type PrivacyOptions,
  readableEvent,
} from '../model/privacy.ts'
export { compareEvents, parseTimestamp } from '../model/timestamp.ts'
export { compareRefs, emptyEvent, emptySnapshot } from '../model/world-data.ts'
export { checkedWorld } from './checked.ts'
export type { Outbox, WriteThrough } from './world.ts'
