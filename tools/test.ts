// npm test: builds the package, then runs the tests, and beside them npm run check, because most tests wait for servers.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const projects = ['unit', 'integration', 'tracing']

function start(command: string, args: readonly string[], output: 'inherit' | 'pipe') {
  return spawn(command, args, { stdio: ['ignore', output, output] })
}

async function codeOf(child: ReturnType<typeof start>): Promise<number> {
  const [code] = (await once(child, 'close')) as [number | null]
  return code ?? 1
}

/** Its output is shown once the tests have ended: it is the last thing to be read if it fails. */
async function check(): Promise<{ code: number; shown: string }> {
  const child = start('npm', ['run', 'check'], 'pipe')
  const { stdout, stderr } = child
  const [out, err, code] = await Promise.all([stdout && text(stdout), stderr && text(stderr), codeOf(child)])
  return { code, shown: `${out}${err}` }
}

const built = await codeOf(start('npm', ['run', 'build', '--', '--unchecked'], 'inherit'))
if (built !== 0) process.exit(built)
const vitest = ['vitest', 'run', ...projects.flatMap(name => ['--project', name]), ...process.argv.slice(2)]
const [tests, checked] = await Promise.all([codeOf(start('npx', vitest, 'inherit')), check()])
console.log(checked.shown)
process.exitCode = tests || checked.code
