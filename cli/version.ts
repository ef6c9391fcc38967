import { readFileSync } from 'node:fs'

/** The version in our package.json, which stands one folder above the sources and two above the built files. */
export function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    const found = packageAt(new URL(path, import.meta.url))
    if (found?.name === 'hearth-cache') return found.version
  }
  throw new Error(`the package.json of hearth-cache is not above ${import.meta.url}`)
}

function packageAt(url: URL): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, 'utf8'))
  } catch {
    return undefined // the next folder up may have it
  }
}
