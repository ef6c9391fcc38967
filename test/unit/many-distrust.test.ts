import { expect, test } from 'vitest'
import { distrustsOf, trustedAfter } from '../many/distrust.ts'
import type { GameStatus, Span } from '../many/messages.ts'

/** A game that did not trust its only world in these times, on a machine that was late in those. */
const game = (distrust: Span[], late: Span[] = []) =>
  ({ worlds: { w1: { distrust, isTrusted: true } }, late }) as unknown as GameStatus
const span = (from: number, to: number): Span => ({ from, to })

const blamed = (distrust: Span, late: Span[]) =>
  distrustsOf([game([distrust], late)], ['w1'], 0).filter(({ isOfMachine }) => !isOfMachine)

test('a distrust of another shard is blamed on the fault, unless the machine was late just before it, and for as long', () => {
  expect(blamed(span(1_000, 1_000), []), 'a single look').toMatchObject([{ afterMs: 1_000, lastedMs: 0 }])
  expect(blamed(span(1_000, 1_300), [span(900, 960)])).toEqual([])
  expect(blamed(span(1_000, 1_300), [span(900, 930)]), 'no command was given up').toHaveLength(1)
  expect(blamed(span(1_000, 1_300), [span(400, 460)]), 'too early').toHaveLength(1)
  expect(blamed(span(1_000, 1_300), [span(1_100, 1_200)]), 'too late').toHaveLength(1)
  expect(blamed(span(1_000, 2_300), [span(900, 960)]), 'lasted too long').toHaveLength(1)
  expect(blamed(span(1_000, 2_300), [span(900, 1_500)])).toEqual([])
})

test('what ended before the first moment that is looked at is none', () => {
  expect(distrustsOf([game([span(100, 200), span(100, 600)])], ['w1'], 500)).toHaveLength(1)
})

test('a world is trusted again after a second without distrust, counted from when the servers were well', () => {
  const seen = game([span(500, 1_500), span(2_400, 3_000), span(9_000, 9_100)], [span(900, 1_200)])
  const well = [span(1_000, Number.POSITIVE_INFINITY)]
  expect(trustedAfter([game([]), seen], ['w1'], well)).toEqual({ ms: 2_000, calmMs: 1_800 })
  expect(trustedAfter([seen], ['w1'], [span(1_000, 1_400)]), 'no longer than they were well').toEqual({
    ms: 400,
    calmMs: 200,
  })
  expect(trustedAfter([seen], ['w1'], [span(4_000, 5_000)])).toEqual({ ms: 0, calmMs: 0 })
})
