import { scripts } from '../../cache/scripts.ts'
import { script } from '../../resilience/lua-script.ts'

/** `fill` without the lease check: what a test of the protocol must notice. */
export const withoutLeaseCheck = {
  ...scripts,
  fill: script(scripts.fill.source.replace("redis.pcall('GET', KEYS[i + 1]) ~= token", 'false')),
}

if (withoutLeaseCheck.fill.source === scripts.fill.source) {
  throw new Error('fill.lua no longer has the check that this removes; adjust test/support/broken-scripts.ts')
}
