import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fresh } from '../support/setup.ts'
import { hearth, settings, startHearth } from './hearth-command.ts'

test('hearth dashboard, with a file of tokens, serves the overview and the API to requests with a token', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-tokens-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'tokens')
  await writeFile(file, '# who may\ngame:write:a-token-in-a-file\nops:operate:another-token-in-a-file\n')
  const dashboard = startHearth(['dashboard'], { ...settings(), HEARTH_TOKENS_FILE: file })
  const [, url = ''] = await dashboard.says(/the pages are at (http:\S+?)"/)
  await dashboard.says(/ready: all servers answer/)

  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  const asked = { headers: { authorization: 'Bearer a-token-in-a-file' } }
  const look = async () => (await fetch(`${url}/api/v1/overview`, asked)).json()
  // On a busy machine the first query of a Neo4j may take longer than the page waits, and is asked again.
  const causes = async () =>
    ((await look()) as { causes: { key: string }[] }).causes
      .map(({ key }) => key)
      .filter(key => key !== 'scheduler')
  await expect.poll(causes).toEqual(['workers'])
  expect(await look()).toMatchObject({
    workers: 0,
    outbox: { pending: expect.any(Number) },
  })
  expect((await fetch(`${url}/api/v1/worlds/${fresh()}/flags`, asked)).status).toBe(404)
  expect((await fetch(`${url}/api/v1/overview`)).status).toBe(401)
  expect(await (await fetch(`${url}/`, asked)).text()).toContain('src="/assets/console.js"')
  const script = await fetch(`${url}/assets/console.js`)
  const styles = await fetch(`${url}/assets/console.css`)
  const bytes = (await script.arrayBuffer()).byteLength + (await styles.arrayBuffer()).byteLength
  expect([script.status, styles.status]).toEqual([200, 200])
  expect(bytes).toBeLessThan(150_000)

  dashboard.kill('SIGTERM')
  expect(await dashboard.ended).toBe(0)
  expect(dashboard.printed()).not.toContain('token-in-a-file')
})

test('wrong tokens stop it with a message that says what would be right, and are not shown', async () => {
  const { code, err, out } = await hearth(['dashboard'], {
    ...settings(),
    HEARTH_TOKENS: 'game:king:a-secret-of-the-game',
  })
  expect(code).not.toBe(0)
  expect(err + out).toContain('entry 1 of HEARTH_TOKENS is wrong; expected <name>:<role>:<token>')
  expect(err + out).not.toContain('a-secret')
  const elsewhere = await hearth(['dashboard', '--host', '0.0.0.0'], settings())
  expect(elsewhere.code).not.toBe(0)
  expect(elsewhere.err + elsewhere.out).toContain('Set HEARTH_TOKENS')
})
