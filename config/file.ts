import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asError, HearthError } from '../model/errors.ts'
import { checkConfig, type HearthConfig } from './define.ts'

/** The names under which a configuration file is looked for, in this order. */
export const configFileNames = ['hearth.config.ts', 'hearth.config.js', 'hearth.config.mjs'] as const

/** A configuration file, loaded and checked. */
export interface LoadedConfig {
  path: string
  config: HearthConfig
}

export interface ConfigPlace {
  /** The file, if it was named. */
  path?: string | undefined
  /** Where it is looked for. Default: the working directory. */
  directory?: string
  /** Modules that the file gets from this process where it imports these names. Called if there is a file. */
  imports?(): Promise<Record<string, object>>
}

/**
 * Loads the file that is named, or the first of `configFileNames` that is in the working directory; undefined where there
 * is none.
 * @throws HearthError `InvalidConfig`, naming the file, and the line or the field
 */
export async function loadConfigFile({
  path,
  directory = process.cwd(),
  imports = async () => ({}),
}: ConfigPlace = {}): Promise<LoadedConfig | undefined> {
  const found = path === undefined ? findIn(directory) : resolve(directory, path)
  if (found === undefined) return undefined
  if (!existsSync(found)) throw wrongFile(found, 'there is no such file')
  const exported = await importFile(found, await imports())
  if (exported === undefined) {
    throw wrongFile(found, 'it has no default export; expected export default defineConfig({ … })')
  }
  try {
    return { path: found, config: checkConfig(exported) }
  } catch (cause) {
    throw wrongFile(found, asError(cause).message, cause)
  }
}

const findIn = (directory: string): string | undefined =>
  configFileNames.map(name => resolve(directory, name)).find(path => existsSync(path))

async function importFile(path: string, virtualModules: Record<string, object>): Promise<unknown> {
  const { createJiti } = await import('jiti') // here, because it is large and few commands find a file
  const jiti = createJiti(pathToFileURL(path).href, {
    fsCache: false,
    moduleCache: false,
    virtualModules,
  })
  try {
    return defaultOf(await jiti.import<object>(path))
  } catch (cause) {
    throw wrongFile(path, `${asError(cause).message}${lineOf(cause, path)}`, cause)
  }
}

/** What an ES module exports as its default, or all that a CommonJS module exports. */
function defaultOf(module: object): unknown {
  const isCommonJs = !('__esModule' in module) && Object.prototype.toString.call(module) !== '[object Module]'
  if (isCommonJs) return module
  return 'default' in module ? module.default : undefined
}

/** Where in the file an error was thrown, unless its message says so already. */
function lineOf(error: unknown, path: string): string {
  if (!(error instanceof Error) || /\(\d+:\d+\)|:\d+:\d+/.test(error.message)) return ''
  const frame = error.stack?.split('\n').find(line => line.includes(path))
  const [, line] = /:(\d+):\d+\)?$/.exec(frame ?? '') ?? []
  return line === undefined ? '' : ` (line ${line})`
}

const wrongFile = (path: string, why: string, cause?: unknown) =>
  new HearthError('InvalidConfig', `the configuration file ${path}: ${why}`, { cause })
