import type { Logger } from 'pino'
import type { Unreadable } from '../world/unreadable.ts'

/** How many properties of a label get a line each; after that each tenth power gets one. */
const lines = 10

/** Logs what readers do not get as Neo4j has it: where it stands and what is wrong, nothing of the value. */
export function loggingUnreadable(log: Pick<Logger, 'warn'>): (what: Unreadable) => void {
  return ({ worldId, of, id, property, reason, count }) => {
    if (count > lines && !Number.isInteger(Math.log10(count))) return
    const facts = { worldId, label: of, id, property, reason, count }
    log.warn(facts, `${property} of a ${of} cannot be read as it stands in Neo4j: ${reason}`)
  }
}
