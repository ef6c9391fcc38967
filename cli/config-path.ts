import { envName } from '../config/settings.ts'

/**
 * The configuration file that arguments or the environment name; it is needed before they are parsed, since its kinds
 * have flags of their own.
 */
export function configPath(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const at = options.findLastIndex(arg => arg === '--config' || arg.startsWith('--config='))
  const given = options[at]
  if (given === undefined) return env[envName('config')] || undefined
  return given === '--config' ? options[at + 1] : given.slice('--config='.length)
}
