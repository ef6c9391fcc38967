import { embeddedWorld } from '../../world/embedded.ts'
import { describeWorldContract } from '../support/world-contract.ts'

describeWorldContract('the embedded world', async () => embeddedWorld())
