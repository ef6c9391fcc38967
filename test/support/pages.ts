import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The top of the repository. */
export const root = new URL('../../', import.meta.url)

/** Every page that people read: from the top of the repository, like `docs/audit.md`. */
export const pages: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(fileURLToPath(new URL('docs/', root)))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]

export const textOf = (page: string): string => readFileSync(new URL(page, root), 'utf8')

/** A block of code in a page. */
export interface Block {
  page: string
  /** Where it begins, from 1. */
  line: number
  language: string
  text: string
}

/** The blocks of code of a page, in the given language where one is given. */
export function blocksOf(page: string, language?: string): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  for (const [i, line] of textOf(page).split('\n').entries()) {
    const fence = /^```(\S*)$/.exec(line)
    if (!fence) {
      if (open) open.text += `${line}\n`
    } else if (open) {
      blocks.push(open)
      open = undefined
    } else open = { page, line: i + 1, language: fence[1] ?? '', text: '' }
  }
  if (open) throw new Error(`${page}:${open.line}: a block that has no end`)
  return language === undefined ? blocks : blocks.filter(block => block.language === language)
}

/** The text of a page outside of its blocks of code. */
export const proseOf = (page: string): string => textOf(page).replace(/^```\S*\n[\s\S]*?^```$/gm, '')
