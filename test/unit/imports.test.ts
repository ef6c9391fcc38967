import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { root, textOf } from '../support/pages.ts'

interface Rule {
  may: readonly string[]
  because: string
}

const { folders } = (await import(new URL('.dependency-cruiser.js', root).href)) as {
  folders: Record<string, Rule>
}

/** The rows of CONTRIBUTING's table: a folder, what it is, what it may import, and why. */
const rows = [
  ...textOf('CONTRIBUTING.md').matchAll(/^\| `([\w.]+?)\/?` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm),
]

test("CONTRIBUTING's table of folders equals the import rules", () => {
  const documented = rows.map(([, name = '', may = '', because = '']) => [
    name,
    { may: [...may.matchAll(/`([^`]+)`/g)].map(([, one]) => one), because },
  ])
  expect(Object.fromEntries(documented)).toEqual(folders)
  expect(rows.find(([, name]) => name === 'model')?.[2]).toBe('nothing')
})

test('every folder with code has a rule, and every rule has a folder', () => {
  const hasCode = (folder: string) =>
    readdirSync(fileURLToPath(new URL(`${folder}/`, root)), { recursive: true }).some(name =>
      /\.tsx?$/.test(String(name)),
    )
  const beside = ['node_modules', 'dist', 'docs', 'coverage']
  const found = readdirSync(fileURLToPath(root), { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.') && !beside.includes(entry.name))
    .map(({ name }) => name)
    .filter(hasCode)
  expect([...found, 'index.ts', 'testing.ts'].sort()).toEqual(Object.keys(folders).sort())
})

test('imports point downward: no two folders may import each other', () => {
  const folderOf = (entry: string) => entry.split('/')[0] ?? ''
  const both = Object.entries(folders).flatMap(([name, { may }]) =>
    may
      .map(folderOf)
      .filter(other => folders[other]?.may.map(folderOf).includes(name))
      .map(other => `${name} and ${other}`),
  )
  expect(both).toEqual([])
})
