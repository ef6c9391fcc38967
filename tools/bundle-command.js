// Bundles the `hearth` command with its packages into a few files of dist/cli, because Node needs 0.4 s longer to load the
// 1,000 to 1,800 files of which they are made. They are not minified, which would not be faster. The library in dist/ stays
// as the compiler wrote it.
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { build } from 'esbuild'

/**
 * Packages that read files beside their own, one that is optional, and OpenTelemetry: a tracer that was made by one copy of its
 * API before the SDK registered with another copy would trace nothing.
 */
const notBundled = [
  '@bull-board/ui',
  '@fastify/swagger',
  '@fastify/swagger-ui',
  '@opentelemetry/*',
  'msgpackr-extract',
  'pino',
]

/**
 * Answers with esbuild's description of what is in the bundle.
 * @param {string} root of the repository
 */
export async function bundleCommand(root) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cli/main.ts'],
    outdir: join(root, 'dist/cli'),
    bundle: true,
    splitting: true, // each command loads what it needs
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: notBundled,
    plugins: [atTheirPlaces(root), onlyWhereNeeded],
    banner: { js: requireForCommonJs },
    legalComments: 'inline',
    logLevel: 'warning',
    metafile: true,
  })
  return metafile
}

/** What CommonJS packages call for the modules of Node and for what is not bundled. */
const requireForCommonJs =
  "import { createRequire as requireBeside } from 'node:module'\nconst require = requireBeside(import.meta.url)"

/** Our modules find their files (Lua, the page, package.json) as if each were in dist/ at its own place. */
const atTheirPlaces = root => ({
  name: 'at their places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const place = relative(root, path).replace(/\.ts$/, '.js')
      if (place.startsWith('node_modules')) return undefined
      const text = await readFile(path, 'utf8')
      const contents = text.replaceAll('import.meta.url', `new URL('../${place}', import.meta.url).href`)
      return { contents, loader: 'ts' }
    })
  },
})

/**
 * A package that we import dynamically is loaded by few commands and stays outside. Besides, such an import of CommonJS would
 * have no named exports in a bundle.
 */
const onlyWhereNeeded = {
  name: 'only where needed',
  setup({ onResolve }) {
    onResolve({ filter: /^[^.]/ }, ({ kind, path, importer }) =>
      kind === 'dynamic-import' && !importer.includes('node_modules') ? { path, external: true } : undefined,
    )
  },
}
