import type { ComponentType } from 'preact'
import { match } from '../router.ts'
import { Consistency } from './consistency.tsx'
import { Jobs } from './jobs.tsx'
import { Now } from './now.tsx'
import { Operations } from './operations.tsx'
import { Processes } from './processes.tsx'
import { Schedules } from './schedules.tsx'
import { World } from './world.tsx'
import { Worlds } from './worlds.tsx'

export type Params = Record<string, string>

interface PageEntry {
  pattern: string
  title(params: Params): string
  Page: ComponentType<{ params: Params }>
  /** What the navigation calls it; undefined where it does not name it. */
  name?: string
}

/** The pages of the console, in the order of the navigation. The server has the same paths. */
export const pages: readonly PageEntry[] = [
  { pattern: '/', name: 'Now', title: () => 'Now', Page: Now },
  { pattern: '/worlds', name: 'Worlds', title: () => 'Worlds', Page: Worlds },
  { pattern: '/worlds/:worldId', title: ({ worldId = '' }) => worldId, Page: World },
  { pattern: '/jobs', name: 'Queues', title: () => 'Queues', Page: Jobs },
  { pattern: '/schedules', name: 'Schedules', title: () => 'Schedules', Page: Schedules },
  { pattern: '/consistency', name: 'Consistency', title: () => 'Consistency', Page: Consistency },
  { pattern: '/processes', name: 'Processes', title: () => 'Processes', Page: Processes },
  { pattern: '/operations', name: 'Operations', title: () => 'Operations', Page: Operations },
]

/** The page at this path and its parameters; null where there is none. */
export function pageAt(path: string): { page: PageEntry; params: Params } | null {
  for (const page of pages) {
    const params = match(page.pattern, path)
    if (params) return { page, params }
  }
  return null
}
