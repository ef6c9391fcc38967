import { expect, test } from 'vitest'
import { createKeys } from '../../cache/keys.ts'
import { createKnownBookmarks } from '../../cache/known-bookmarks.ts'
import { createLeases } from '../../cache/leases.ts'
import { noObserver } from '../../cache/observer.ts'
import { scripts } from '../../cache/scripts.ts'
import { kinds } from '../support/kinds.ts'

test('what this process changes is dropped before Redis is asked, and again when it has answered', async () => {
  const keys = createKeys()
  const entry = keys.entry(kinds.timeline, 'w', 'a')
  const seen: string[] = []
  const run = async () => {
    seen.push('invalidated in Redis')
    return [1, 1]
  }
  const leases = createLeases({
    keys,
    scripts,
    leaseMs: 1_000,
    bookmarks: createKnownBookmarks(),
    observer: noObserver,
    onInvalidate: entries => void seen.push(...entries.map(({ key }) => `dropped ${key}`)),
    run,
    confirmed: run,
  })
  await leases.invalidate('w', [entry])
  expect(seen).toEqual([`dropped ${entry.key}`, 'invalidated in Redis', `dropped ${entry.key}`])
})
