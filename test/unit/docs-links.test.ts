import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pages, proseOf, root, textOf } from '../support/pages.ts'

/**
 * GitHub's anchors of headings: lower case, hyphens for spaces, without most other signs; a second equal one gets `-1`.
 */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const plain = text
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    let anchor = plain
    for (let i = 1; anchors.has(anchor); i++) anchor = `${plain}-${i}`
    anchors.add(anchor)
  }
  return anchors
}

const linksOf = (page: string) => [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)

test.each(pages)('every link of %s has a target', page => {
  const wrong: string[] = []
  for (const link of linksOf(page)) {
    if (/^[a-z]+:/.test(link)) continue // another site
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : new URL(path, new URL(page, root)).href.slice(root.href.length)
    if (!existsSync(new URL(target, root))) wrong.push(`${link}: there is no ${target}`)
    else if (anchor !== undefined && !anchorsOf(target).has(anchor))
      wrong.push(`${link}: ${target} has no such heading`)
  }
  expect(wrong).toEqual([])
})

test('every section with promises names a test', () => {
  const parts = proseOf('docs/guarantees.md').split(/^## /m).slice(1, -1)
  expect(parts.length).toBeGreaterThan(8)
  for (const part of parts) expect(part).toMatch(/\.\.\/test\/\S+\.test\.ts/)
})

test('README lists every page of docs/', () => {
  expect(linksOf('README.md')).toEqual(expect.arrayContaining(pages.filter(page => page.startsWith('docs/'))))
})

test('a test that is named by its title has that title', () => {
  const named = pages.flatMap(page => [
    ...textOf(page).matchAll(/\(\.\.\/(test\/\S+\.test\.ts)\) \(\*([^*]+)\*\)/g),
  ])
  const wrong = named.filter(([, file = '', words = '']) => !textOf(file).includes(words))
  expect(wrong.map(([text]) => text)).toEqual([])
  expect(named.length).toBeGreaterThan(5)
})

test('there are links and anchors that could be wrong', () => {
  const links = pages.flatMap(linksOf)
  expect(links.filter(link => link.endsWith('.test.ts')).length).toBeGreaterThan(30)
  expect(links.filter(link => link.includes('#')).length).toBeGreaterThan(3)
})
