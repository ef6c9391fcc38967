import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The path of a program that a benchmark starts in another process, compiled where the benchmark is.
 * @param url of the module that starts it, its `import.meta.url`
 * @param name relative to that module, without an extension
 */
export const programBeside = (url: string, name: string): string =>
  fileURLToPath(new URL(`${name}${extname(url)}`, url))
