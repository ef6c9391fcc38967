import { answer, ignored, tagOf, tags } from './bolt-messages.ts'
import { type BoltProxy, type Conversation, openBoltProxy } from './bolt-proxy.ts'
import { bookmarksIn, type Sent, sentOf } from './bolt-recorder.ts'

/** A server of a cluster, as drivers see it. */
export interface Member extends BoltProxy {
  /** The queries that it got. */
  sent: Sent[]
  /**
   * From now on it has only what it has now: of `worldId` what `past` holds, a world with an id of the same length. A
   * query after a later bookmark waits until `catchUp`.
   */
  lag(of: { worldId: string; past: string }): void
  catchUp(): void
  /** Takes connections and queries, and answers none of them until `catchUp`. */
  hang(): void
  /** Dies when Neo4j has committed a transaction with such a query, and its client does not know it yet. */
  dieAtCommit(query: string): Promise<void>
}

export interface BoltCluster {
  /** As a name that resolves to all members: it always leads to one that gives the routing table. */
  uri: string
  members: readonly [Member, Member, Member]
  /** Which member writes. Another one answers a query that writes with `NotALeader`. Undefined during an election. */
  leader: Member | undefined
  /** Which members the routing table names for reads. */
  readers: readonly Member[]
  /** How often a member was asked for the routing table. */
  tablesGiven: number
}

/**
 * Three members of a cluster, all of them ways to one Neo4j: what is routing in it is answered here, everything else by
 * that Neo4j. So elections and replication are not part of it; what drivers and Hearth make of their outcome is. The first
 * member leads. Drivers keep a table for `ttlSeconds`, as long as Neo4j's by default.
 */
export async function openBoltCluster(target: string, { ttlSeconds = 300 } = {}): Promise<BoltCluster> {
  /** All bookmarks that any member gave: what a member has that lags only from now on. */
  const given = new Set<string>()
  const cluster = { tablesGiven: 0 } as BoltCluster
  const addresses = (members: readonly Member[]) => members.map(({ address }) => address)
  const shared: Shared = {
    given,
    isLeader: member => cluster.leader === member,
    table() {
      cluster.tablesGiven++
      const servers = [
        { role: 'WRITE', addresses: addresses(cluster.leader ? [cluster.leader] : []) },
        { role: 'READ', addresses: addresses(cluster.readers) },
        { role: 'ROUTE', addresses: addresses(cluster.members) },
      ]
      return answer(tags.successAnswer, { rt: { ttl: ttlSeconds, db: 'neo4j', servers } })
    },
  }
  const [first, ...others] = [
    await openMember(target, shared),
    await openMember(target, shared),
    await openMember(target, shared),
  ] as const
  const anyOf = await openMember(target, shared)
  return Object.assign(cluster, {
    uri: `neo4j://${anyOf.address}`,
    members: [first, ...others],
    leader: first,
    readers: others,
  })
}

interface Shared {
  given: Set<string>
  isLeader(member: Member): boolean
  table(): Buffer
}

/** What a member that lags has: the bookmarks, the worlds with their past, and when it has more again. */
interface Behind {
  has: ReadonlySet<string>
  worlds: { worldId: string; past: string } | undefined
  isOver: Promise<void>
  end(): void
}

async function openMember(target: string, shared: Shared): Promise<Member> {
  let behind: Behind | undefined
  let onCommit: ((queries: string) => void) | undefined
  const member = {
    sent: [] as Sent[],
    lag(worlds) {
      behind = behindOf(new Set(shared.given), worlds)
    },
    hang() {
      behind = behindOf(new Set(), undefined)
    },
    catchUp() {
      behind?.end()
      behind = undefined
    },
    dieAtCommit: query =>
      new Promise(resolve => {
        onCommit = queries => queries.includes(query) && resolve(member.kill())
      }),
  } as Member
  const proxy = await openBoltProxy(target, () =>
    converse({ member, shared, behind: () => behind, committed: queries => onCommit?.(queries) }),
  )
  return Object.assign(member, proxy)
}

function behindOf(has: ReadonlySet<string>, worlds: Behind['worlds']): Behind {
  let end = () => {}
  const isOver = new Promise<void>(resolve => {
    end = resolve
  })
  return { has, worlds, isOver, end }
}

interface ConversationDeps {
  member: Member
  shared: Shared
  behind(): Behind | undefined
  /** All queries of the transaction. */
  committed(queries: string): void
}

function converse({ member, shared, behind, committed }: ConversationDeps): Conversation {
  let hasFailed = false
  let transaction = ''
  let commits = false
  const replaced = (message: Buffer, from: 'worldId' | 'past', to: 'worldId' | 'past') => {
    const worlds = behind()?.worlds
    if (!worlds) return message
    return Buffer.from(message.toString('latin1').replaceAll(worlds[from], worlds[to]), 'latin1')
  }
  return {
    async request(message) {
      const tag = tagOf(message)
      if (tag === tags.route) return { answer: shared.table() }
      if (tag === tags.reset) hasFailed = false
      else if (hasFailed && tag !== tags.goodbye) return { answer: ignored }
      const sent = sentOf(message)
      if (tag === tags.run) member.sent.push(sent)
      if (tag === tags.begin) transaction = ''
      if (tag === tags.run) transaction += sent.text
      if (tag === tags.commit) commits = true
      const isLate = behind()
      if (isLate && (!isLate.worlds || sent.bookmarks.some(bookmark => !isLate.has.has(bookmark))))
        await isLate.isOver
      if (tag === tags.run && isWrite(sent) && !shared.isLeader(member)) {
        hasFailed = true
        return { answer: notALeader }
      }
      return { forward: replaced(message, 'worldId', 'past') }
    },
    answer(message) {
      if (tagOf(message) === tags.successAnswer) {
        for (const bookmark of bookmarksIn(message.toString('latin1'))) shared.given.add(bookmark)
        if (commits) committed(transaction)
        commits = false
      }
      return replaced(message, 'past', 'worldId')
    },
  }
}

const isWrite = ({ text }: Sent): boolean => /\b(CREATE|MERGE|SET|REMOVE|DELETE)\b/.test(text)

/** As Neo4j 5 has it since Bolt 5.7. */
const notALeader = answer(tags.failureAnswer, {
  neo4j_code: 'Neo.ClientError.Cluster.NotALeader',
  message: 'No write operations are allowed directly on this database. Writes must pass through the leader.',
  gql_status: '08N07',
  description: 'error: connection exception - not the leader. This member is not the leader.',
})
