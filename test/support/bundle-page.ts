import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Bundles the console as its sources are now, once for all files, which may open it at the same time. */
export default function bundlePage(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../tools/build.js', import.meta.url)), '--page'])
}
