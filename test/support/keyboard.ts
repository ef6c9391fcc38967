import type { Page } from 'playwright-core'

/** What has the focus, as a screen reader calls it. */
const focused = `(() => {
  const at = document.activeElement
  return (at?.getAttribute('aria-label') ?? at?.labels?.[0]?.textContent ?? at?.textContent ?? '').trim()
})()`

/** Presses Tab until what is called that has the focus: with the keyboard alone nothing else is reached. */
export async function tabTo(page: Page, label: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if ((await page.evaluate(focused)) === label) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no Tab leads to ${label}`)
}

/** Goes to what is called that, and presses Enter. */
export async function press(page: Page, label: string): Promise<void> {
  await tabTo(page, label)
  await page.keyboard.press('Enter')
}

/** Presses a button that asks whether it is meant, and says yes. */
export async function pressAndConfirm(page: Page, label: string, question: string): Promise<void> {
  await press(page, label)
  const dialog = page.getByRole('dialog', { name: question, exact: true })
  await dialog.waitFor()
  await page.keyboard.press('Tab') // from Cancel
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
}
