import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const manifest = createRequire(import.meta.url).resolve('typescript-7/package.json')

/**
 * The program of the compiler, for Node. Version 7 needs a third of the time of version 5, which stays for what uses its
 * modules: dependency-cruiser, typedoc and some tests.
 */
export const compiler = join(dirname(manifest), 'bin/tsc')
