import { expect, test } from 'vitest'
import { combineObservers } from '../../cache/observer.ts'

test('of two observers each hears what it listens to, near hits too', () => {
  const heard: string[] = []
  const { hit, nearHit, fence } = combineObservers([
    { hit: kind => heard.push(`first: ${kind}`) },
    { hit: kind => heard.push(`second: ${kind}`), nearHit: kind => heard.push(`second, near: ${kind}`) },
  ])
  hit('flags', 1, 'near')
  nearHit?.('flags', 1)
  expect(heard).toEqual(['first: flags', 'second: flags', 'second, near: flags'])
  expect(fence).toBeUndefined()
})
