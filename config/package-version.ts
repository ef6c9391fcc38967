import { existsSync, readFileSync } from 'node:fs'

/** The version in our package.json, which stands one folder above the sources and two above the built files. */
export function packageVersion(): string {
  const above = new URL('../package.json', import.meta.url)
  const file = existsSync(above) ? above : new URL('../../package.json', import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).version
}
