/** The facts of Redis' INFO, `name:value` a line each. A managed Redis may hide some of them. */
export function redisInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter(line => line.includes(':'))
  return new Map(lines.map(line => line.split(/:(.*)/, 2) as [string, string]))
}

export interface Replication {
  isPrimary: boolean
  /** The server's replication id: another one since it was promoted, or restarted. Undefined where that is hidden. */
  history: string | undefined
  /** The one that it had as a replica, before it was promoted. */
  before: string | undefined
  /** How many replicas follow it, and were heard of in the last seconds. */
  replicas: number
}

/** A replica reports every second. Seconds. */
const maxLag = 3

/** What INFO says of replication. */
export function replicationOf(info: string): Replication {
  const facts = redisInfo(info)
  const following = Array.from(facts).filter(([name, value]) => {
    if (!/^slave\d+$/.test(name) || !value.includes('state=online')) return false
    return Number(/lag=(\d+)/.exec(value)?.[1] ?? 0) <= maxLag
  })
  return {
    isPrimary: facts.get('role') !== 'slave',
    history: facts.get('master_replid'),
    before: facts.get('master_replid2'),
    replicas: following.length,
  }
}
