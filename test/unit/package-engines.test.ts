import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** The oldest Node that `engines` of this package names. */
const oldest = 20

test('no dependency needs a newer Node than Hearth', () => {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, { dev?: boolean; engines?: { node?: string } }>
  }
  const newer = Object.entries(lock.packages).filter(([, { dev, engines }]) => {
    const least = /^>=\s*(\d+)[\d.]*$/.exec(engines?.node?.trim() ?? '')?.[1]
    return !dev && least !== undefined && Number(least) > oldest
  })
  expect(newer.map(([path, { engines }]) => `${path} ${engines?.node}`)).toEqual([])
})
