// npm run docs:configuration. Writes the table of all settings into docs/configuration.md; a test fails if the table is
// outdated.
import { readFileSync, writeFileSync } from 'node:fs'
import { settingsTable } from './settings-table.ts'

const page = new URL('../docs/configuration.md', import.meta.url)
const before = readFileSync(page, 'utf8')
const table = /^\| name \|[^\n]*\n(?:\|[^\n]*\n)*/m
if (!table.test(before)) throw new Error('docs/configuration.md has no table that begins with | name |')
writeFileSync(
  page,
  before.replace(table, () => `${settingsTable()}\n`),
)
