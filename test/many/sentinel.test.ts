import { test } from 'vitest'
import { expectAllWell } from './expect-well.ts'
import { sentinelFaults } from './sentinel-faults.ts'
import { startSentinelShape } from './shapes.ts'

test('behind Sentinels', () => expectAllWell(sentinelFaults, startSentinelShape))
