/** For those who write a world of their own: the suites that every `World` has to pass (docs/world.md). */
export {
  type ContractOptions,
  describeWorldContract,
  type WorldContractOptions,
} from './world/contract/contract.ts'
export { describeOutboxContract } from './world/contract/outbox.ts'
export type { TestRunner } from './world/contract/runner.ts'
