import type { ComponentChildren } from 'preact'
import type { Overview } from '../../console/overview.ts'
import { overview } from '../data/feed.ts'
import { Empty } from './empty.tsx'

/** Draws from the newest frame of the feed, once there is one. */
export function WithOverview({ children }: { children(frame: Overview): ComponentChildren }) {
  return overview.value ? children(overview.value) : <Empty>Looking …</Empty>
}
