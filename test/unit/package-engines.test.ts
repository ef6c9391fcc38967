import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { root } from '../support/pages.ts'

interface Semver {
  minVersion(range: string): { version: string }
  satisfies(version: string, range: string): boolean
}
const semver = createRequire(import.meta.url)('semver') as Semver // it brings no types

interface Manifest {
  engines?: { node?: string }
}
const read = (file: string) => JSON.parse(readFileSync(new URL(file, root), 'utf8'))

const promised = (read('package.json') as Required<Manifest>).engines.node ?? ''
const packages = read('package-lock.json').packages as Record<string, Manifest>

test.each(promised.split(' || '))('no package that npm ci installs warns of the oldest Node of %s', range => {
  const { version } = semver.minVersion(range)
  const warning = Object.entries(packages).filter(
    ([, { engines }]) => engines?.node !== undefined && !semver.satisfies(version, engines.node),
  )
  expect(warning.map(([path, { engines }]) => `${path} ${engines?.node}`)).toEqual([])
})
