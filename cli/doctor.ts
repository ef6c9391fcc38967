import { readConfig } from '../config/read.ts'
import { wordsOf } from '../resilience/server-words.ts'
import { within } from '../resilience/within.ts'
import { type Check, checks, type Diagnosis } from './doctor/checks.ts'
import { openNeo4j } from './open-neo4j.ts'
import { table } from './table.ts'
import { print } from './terminal.ts'
import { type Flags, withHearth } from './with-hearth.ts'

/** How long one check may take. Milliseconds. */
const limitMs = 10_000

/**
 * `hearth doctor`: checks the settings, the servers, the clocks and the fleet, and says what to do. Exits with 1 where
 * anything is wrong; a warning alone is no reason for that.
 */
export async function doctor(flags: Flags & { json?: true }): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl', 'neo4jUri'] }) // throws with every wrong setting
  const neo4j = openNeo4j(config)
  await withHearth(flags, { source: () => neo4j }, async opened => {
    const found: Diagnosis[] = [{ of: 'settings', state: 'ok', what: 'every setting can be read', help: '' }]
    for (const check of checks) found.push(...(await diagnose(check, { ...opened, neo4j })))
    print(flags.json ? JSON.stringify(found) : reportOf(found))
    if (found.some(({ state }) => state === 'wrong')) process.exitCode = 1
  })
}

async function diagnose({ of, run }: Check, opened: Parameters<Check['run']>[0]): Promise<Diagnosis[]> {
  const late = () => new Error(`no answer within ${limitMs / 1_000} s`)
  try {
    return (await within(limitMs, run(opened), late)).map(found => ({ of, ...found }))
  } catch (error) {
    return [{ of, state: 'wrong', what: wordsOf(error), help: 'start it, or correct its address' }]
  }
}

const marks = { ok: 'ok', warning: 'warning', wrong: 'WRONG' } as const

function reportOf(found: readonly Diagnosis[]): string {
  const rows = found.map(({ of, state, what, help }) => [
    of,
    marks[state],
    help === '' ? what : [what, `→ ${help}`],
  ])
  const count = (state: Diagnosis['state']) => found.filter(one => one.state === state).length
  const [wrong, warnings] = [count('wrong'), count('warning')]
  const sum = wrong + warnings === 0 ? 'All is well.' : `${wrong} wrong, ${warnings} warnings.`
  return `${table(['what', 'state', 'found'], rows, 3)}\n${sum}`
}
