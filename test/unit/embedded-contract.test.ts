import { embeddedWorld } from '../../world/embedded.ts'
import { describeOutboxContract } from '../support/contract/outbox.ts'
import { describeWorldContract } from '../support/world-contract.ts'

describeWorldContract('the embedded world', async () => embeddedWorld())
describeOutboxContract('the embedded world', async () => embeddedWorld())
