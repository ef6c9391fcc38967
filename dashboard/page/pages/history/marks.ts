import type { Mark } from '../../../../queues/history/marks.ts'
import { duration } from '../../data/words.ts'

const servers = { cache: "The cache's Redis", queue: "The queues' Redis", source: 'The source' }

/** What happened, in a sentence. */
export function markInWords(mark: Mark): string {
  if (mark.type === 'outage')
    return `${servers[mark.server]} did not answer for ${duration(mark.until - mark.from)}`
  if (mark.type === 'deployment') {
    const version = mark.version === '' ? 'an older version' : `version ${mark.version}`
    return `First process of ${version} with the configuration ${mark.config}`
  }
  const outcome = mark.status < 300 ? '' : ` (refused: ${mark.status})`
  return `${mark.who}: ${mark.what} ${mark.on}${outcome}`
}

export const timeOf = (mark: Mark): number => (mark.type === 'outage' ? mark.from : mark.at)
export const isBad = ({ type }: Mark): boolean => type === 'outage'
