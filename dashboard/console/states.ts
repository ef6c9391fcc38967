import type { CacheState } from '../../cache/cache-state.ts'
import type { ServerName } from '../../telemetry/server-metrics.ts'
import type { ServerRow, StateRow } from './overview.ts'

/** What is known of the servers and roles at one moment. */
export interface Roles {
  servers: Record<ServerName, ServerRow>
  cacheState: CacheState
  /** Undefined where it is not known. */
  isLed: boolean | undefined
  /** How many workers take jobs; null where it is not known. */
  workers: number | null
}

/** Each server and role, whether it does its work, and since when this process has seen it so without a break. */
export function createStates(): (roles: Roles, now: number) => StateRow[] {
  const seen = new Map<string, { works: boolean | null; since: number }>()
  return (roles, now) =>
    statesOf(roles).map(state => {
      const before = seen.get(state.key)
      const since = before?.works === state.works ? before.since : beginning(state, roles, now)
      seen.set(state.key, { works: state.works, since })
      return { ...state, since }
    })
}

/** A server that is away has been so since it last answered. */
function beginning(
  { key, works }: { key: string; works: boolean | null },
  { servers }: Roles,
  now: number,
): number {
  const server = key in servers ? servers[key as ServerName] : undefined
  return works === true ? now : (server?.answeredAt ?? now)
}

function statesOf({ servers, cacheState, isLed, workers }: Roles): Omit<StateRow, 'since'>[] {
  const { cache, queue, source } = servers
  const isTrusted = cacheState === 'trusted'
  return [
    {
      key: 'cache',
      role: 'Cache',
      name: cache.name,
      works: !cache.isAway && isTrusted,
      text: answers(cache, isTrusted ? 'answers' : cacheState === 'away' ? 'is not used' : 'is catching up'),
    },
    { key: 'queue', role: 'Queues', name: queue.name, works: !queue.isAway, text: answers(queue, 'answers') },
    {
      key: 'source',
      role: 'Source',
      name: source.name,
      works: !source.isAway,
      text: answers(source, 'answers'),
    },
    { key: 'scheduler', role: 'Scheduler', name: null, ...schedulerState(queue.isAway ? undefined : isLed) },
    { key: 'workers', role: 'Workers', name: null, ...workersState(queue.isAway ? null : workers) },
  ]
}

const answers = ({ isAway }: ServerRow, otherwise: string) => (isAway ? 'does not answer' : otherwise)

const schedulerState = (isLed: boolean | undefined) =>
  isLed === undefined
    ? { works: null, text: 'not known' }
    : { works: isLed, text: isLed ? 'one acts' : 'none acts' }

const workersState = (workers: number | null) =>
  workers === null
    ? { works: null, text: 'not known' }
    : {
        works: workers > 0,
        text: workers === 0 ? 'none takes jobs' : workers === 1 ? 'one takes jobs' : `${workers} take jobs`,
      }
