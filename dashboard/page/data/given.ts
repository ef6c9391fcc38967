import type { Given } from '../../console/given.ts'

const app = document.getElementById('app')
if (!app) throw new Error('the page has no #app')

/** Where the console is drawn. */
export const place: HTMLElement = app

/** What the server said of who looks here. */
export const given: Given = JSON.parse(app.dataset['given'] ?? '{}')
