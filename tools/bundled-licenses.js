// What is bundled is passed on with the package, so that the package has the licenses of it all.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The license texts of all packages in these bundles, each under its name and version.
 * @param {string} root of the repository
 * @param {import('esbuild').Metafile[]} metafiles
 */
export function bundledLicenses(root, metafiles) {
  const files = metafiles.flatMap(({ inputs }) => Object.keys(inputs))
  const folders = files.map(file => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean)
  const texts = [...new Set(folders)].sort().map(folder => licenseOf(join(root, folder)))
  return `${texts.join('\n\n')}\n`
}

function licenseOf(folder) {
  const { name, version, license = '' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const texts = readdirSync(folder)
    .filter(file => /^(licen[cs]e|copying|notice)/i.test(file))
    .map(file => readFileSync(join(folder, file), 'utf8').trim())
  return [`${name} ${version} (${license})`, ...texts].join('\n\n')
}
