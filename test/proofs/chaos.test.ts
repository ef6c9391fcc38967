import { expect, onTestFinished, test } from 'vitest'
import { runChaos } from '../chaos/chaos.ts'
import { faults } from '../chaos/faults.ts'
import { startServers } from '../chaos/servers.ts'
import { chaosTable } from '../chaos/table.ts'

/** A part of `npm run test:chaos`, for a shorter time. */
const some = ['cache frozen', 'cache cut off']

test('games that read and write while their cache is frozen, and cut off, read nothing stale and lose nothing', {
  timeout: 120_000,
}, async context => {
  const servers = await startServers(() => {})
  if (!servers) {
    console.log('[chaos] skipped: servers that can be killed are not to be had here')
    return context.skip()
  }
  onTestFinished(() => servers.stop())
  const chosen = faults.filter(({ name }) => some.includes(name))
  const rows = await runChaos({ servers, faults: chosen, seconds: 2, say: () => {} })
  console.log(chaosTable(rows))
  expect(rows.map(({ fault }) => fault)).toEqual(some)
  for (const row of rows) {
    expect(row.examples).toEqual([])
    expect(row).toMatchObject({ stale: 0, lost: [], failed: {} })
    expect(row.reads).toBeGreaterThan(50)
    expect(row.recoveryMs).toBeLessThan(30_000)
  }
})
