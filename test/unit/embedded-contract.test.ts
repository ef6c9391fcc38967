import * as vitest from 'vitest'
import { describeOutboxContract, describeWorldContract } from '../../testing.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'

const suite = { name: 'the embedded world', open: () => embeddedWorld() }
describeWorldContract(vitest, suite)
describeOutboxContract(vitest, suite)
