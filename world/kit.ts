/**
 * The rules that every world shares, for those who write one (docs/world.md): what is private, what is refused, and in
 * which order things come.
 */
export { copyJson } from '../model/copy.ts'
export { withDigitsOf } from '../model/digits.ts'
export { compareRefs } from '../model/entity.ts'
export { emptyEvent } from '../model/event.ts'
export { setProperties, storedNames } from '../model/own-names.ts'
export { ownValue } from '../model/own-value.ts'
export { createPrivacy, type Privacy, type PrivacyOptions, readableEvent } from '../model/privacy.ts'
export { meansPrivate } from '../model/private-mark.ts'
export { emptySnapshot } from '../model/state.ts'
export { checkFlags, checkSnapshot } from '../model/state-input.ts'
export { compareEvents, parseTimestamp } from '../model/timestamp.ts'
export { checkedWorld } from './checked.ts'
export { checkEntities, checkEvents } from './input.ts'
export type { Outbox, OutboxNode, WriteThrough } from './outbox.ts'
