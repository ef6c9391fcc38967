import { expect, test } from 'vitest'
import { palette } from '../../dashboard/theme.ts'
import { textOf } from '../support/pages.ts'

test("the colours of Bull Board and Swagger UI are the console's", () => {
  const [light = '', dark = ''] = textOf('dashboard/page/styles/tokens.css').split('@media')
  const coloursIn = (css: string) =>
    Object.fromEntries(
      [...css.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
    )
  expect(coloursIn(light)).toMatchObject(palette.light)
  expect(coloursIn(dark)).toMatchObject(palette.dark)
})
