import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { run } from '../../cli/servers/run.ts'
import type { Say } from '../../cli/servers/started.ts'
import type { Tests } from './shapes.ts'

export interface Outcome {
  passed: number
  failed: number
  skipped: number
  /** Files in which a test failed beside other files, and none when the file ran again, alone. */
  passedAlone: string[]
}

/** What became of the tests of a file: `passed`, `failed`, or another word if they were skipped. */
type Statuses = readonly string[]

/** Runs tests, then each file that failed once more, alone: beside others it may have exceeded a time limit. */
export async function runSuite(tests: Tests, env: NodeJS.ProcessEnv, say: Say): Promise<Outcome> {
  const files = await vitest(tests, env, say)
  const passedAlone: string[] = []
  for (const [file, statuses] of files) {
    if (!statuses.includes('failed')) continue
    const again = (await vitest({ ...tests, files: [file] }, env, say)).get(file) ?? statuses
    files.set(file, again)
    if (!again.includes('failed')) passedAlone.push(basename(file, '.test.ts'))
  }
  const all = [...files.values()].flat()
  const count = (wanted: string) => all.filter(status => status === wanted).length
  const [passed, failed] = [count('passed'), count('failed')]
  return { passed, failed, skipped: all.length - passed - failed, passedAlone }
}

/** As far as it is used here. */
interface VitestReport {
  testResults?: {
    name: string
    status: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}

async function vitest(
  { options, files }: Tests,
  env: NodeJS.ProcessEnv,
  say: Say,
): Promise<Map<string, Statuses>> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-servers-'))
  const file = join(folder, 'report.json')
  const args = ['vitest', 'run', ...options, ...files, '--reporter', 'json', '--outputFile', file]
  // As in CI: an integration test that fails is tried once more at once.
  const { output } = await run('npx', args, { ...process.env, ...env, CI: 'true', NO_COLOR: '1' })
  const report = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as VitestReport
  await rm(folder, { recursive: true })
  const { testResults = [] } = report
  if (testResults.length === 0) throw new Error(`no test ran:\n${output}`)
  const results = testResults.map(({ name, status, message, assertionResults }): [string, Statuses] => {
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === 'failed') say(`failed: ${name}: ${fullName}\n${failureMessages.join('\n')}`)
    const statuses = assertionResults.map(test => test.status)
    if (status !== 'failed' || statuses.includes('failed')) return [name, statuses]
    say(`failed: ${name}: ${message}`) // it could not be loaded, so it has no tests
    return [name, ['failed']]
  })
  return new Map(results)
}
