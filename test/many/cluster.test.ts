import { test } from 'vitest'
import { clusterFaults } from './cluster-faults.ts'
import { expectAllWell } from './expect-well.ts'
import { startClusterShape } from './shapes.ts'

test('on a cluster', () => expectAllWell(clusterFaults, startClusterShape))
