import { render } from 'preact'
import { startFeed } from './data/feed.ts'
import { place } from './data/given.ts'
import { pageAt } from './pages/pages.ts'
import { startRouter } from './router.ts'
import { Shell } from './shell/shell.tsx'
import './styles/styles.css'

startRouter(path => pageAt(path) !== null)
startFeed()
place.replaceChildren()
render(<Shell />, place)
