// Compiles to dist/, bundles the page's script, and copies the Lua scripts, which the compiler leaves out. With --page it
// only bundles the page. With --unchecked it does not report types that are wrong: `npm run check:types` does.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

if (!process.argv.includes('--page')) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const unchecked = process.argv.includes('--unchecked') ? ['--noCheck'] : []
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), ...unchecked], {
    stdio: 'inherit',
  })
  for (const folder of ['cache/lua', 'queues/lua']) {
    cpSync(join(root, folder), join(root, 'dist', folder), { recursive: true })
  }
  chmodSync(join(root, 'dist/cli/main.js'), 0o755)
  linkCommand()
}

// Its packages are bundled, so that a browser requests nothing from other hosts.
const page = join(root, 'dashboard/page')
await build({
  entryPoints: { console: join(page, 'main.tsx') },
  outdir: join(root, 'dist/dashboard/page'),
  bundle: true,
  minify: true,
  target: 'es2022',
  format: 'iife',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'inline',
  logLevel: 'warning',
})

/**
 * `npx hearth` in a clone runs this build. Without the link npm installs the clone into its cache, which builds it once
 * more, in silence and below a `hearth dev` that runs.
 */
function linkCommand() {
  if (process.platform === 'win32') return // npm's commands are no links there
  const link = join(root, 'node_modules/.bin/hearth')
  rmSync(link, { force: true })
  symlinkSync('../../dist/cli/main.js', link)
}
