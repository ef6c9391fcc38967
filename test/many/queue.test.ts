import { test } from 'vitest'
import { expectNothingLost } from './expect-nothing-lost.ts'
import { queueFaults } from './queue-faults.ts'
import { startSentinelShape } from './shapes.ts'

test('the queue behind Sentinels: no acknowledged append is lost', () =>
  expectNothingLost(queueFaults, startSentinelShape))
