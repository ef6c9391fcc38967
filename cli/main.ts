#!/usr/bin/env node
import { loadConfigFile } from '../config/file.ts'
import { envName } from '../config/settings.ts'
import { failureOf } from './failure.ts'
import { idsWithDashes } from './ids-with-dashes.ts'
import { createProgram } from './program.ts'
import { warnOnce } from './quiet.ts'
import { note } from './terminal.ts'

function fail(error: unknown): never {
  const { text, exitCode } = failureOf(error)
  if (text) note(text)
  process.exit(exitCode)
}

/** The configuration file, needed before the arguments are parsed, since its kinds have flags of their own. */
function configPath(args: readonly string[]): string | undefined {
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const at = options.findLastIndex(arg => arg === '--config' || arg.startsWith('--config='))
  const given = options[at]
  if (given === undefined) return process.env[envName('config')] || undefined
  return given === '--config' ? options[at + 1] : given.slice('--config='.length)
}

/** A configuration file shares the library with the command, which has it loaded already and is of the same version. */
async function library(): Promise<Record<string, object>> {
  return {
    'hearth-cache': await import('../index.ts'),
    'hearth-cache/world': await import('../world/kit.ts'),
  }
}

console.warn = console.error = warnOnce(note)
process.on('uncaughtException', fail)
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0) // `hearth inspect w1 | head -1`
  fail(error)
})

const args = process.argv.slice(2)
const configFile = await loadConfigFile({ path: configPath(args), imports: library }).catch(fail)
const program = createProgram({ configFile })
await program.parseAsync(idsWithDashes(program, args), { from: 'user' }).catch(fail)
process.exit() // a command that is done is done, whatever connection still lingers
