// Compiles to dist/, bundles the command and the page's script, and copies the Lua scripts, which the compiler leaves out.
// With --page it only bundles the page. With --unchecked it does not report types that are wrong: `npm run check:types`
// does. With --if-outdated it does nothing where no source is newer than the last build: the first `npx hearth` in a clone
// has npm prepare the clone once more, in silence and below a `hearth dev` that runs.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleCommand } from './bundle-command.js'
import { bundledLicenses } from './bundled-licenses.js'
import { compiler } from './compiler.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const command = join(root, 'dist/cli/main.js')
const stamp = join(root, 'node_modules/.hearth-built') // in dist it would be packed

const isBuilt = () => changedAt(command) > 0 && newestSource() < changedAt(stamp)
if (process.argv.includes('--if-outdated') && isBuilt()) process.exit()

/** What is in each bundle. */
const metafiles = []
if (!process.argv.includes('--page')) {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const unchecked = process.argv.includes('--unchecked') ? ['--noCheck'] : []
  execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), ...unchecked], {
    stdio: 'inherit',
  })
  for (const folder of ['cache/lua', 'queues/lua']) {
    cpSync(join(root, folder), join(root, 'dist', folder), { recursive: true })
  }
  metafiles.push(await bundleCommand(root))
  chmodSync(command, 0o755)
}

// Its packages are bundled, so that a browser requests nothing from other hosts.
const page = join(root, 'dashboard/page')
const { metafile } = await build({
  absWorkingDir: root,
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
  metafile: true,
})

if (!process.argv.includes('--page')) {
  writeFileSync(join(root, 'dist/bundled-licenses.txt'), bundledLicenses(root, [...metafiles, metafile]))
  writeFileSync(stamp, '')
}

/** When the newest file was changed that is compiled, or says how. */
function newestSource() {
  const entries = readdirSync(root, { withFileTypes: true }).filter(
    ({ name }) => !/^(\.git|node_modules|dist|coverage|docs|test|bench|examples|ops)$|\.md$/.test(name),
  )
  const files = entries.flatMap(entry => {
    const path = join(root, entry.name)
    return entry.isDirectory()
      ? readdirSync(path, { recursive: true }).map(name => join(path, String(name)))
      : path
  })
  return Math.max(...files.map(changedAt))
}

/** 0 for what is not there. */
function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
