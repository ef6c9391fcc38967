import { upperFirst } from 'es-toolkit'
import type { CacheState } from '../../cache/cache-state.ts'
import { type DoubtedShards, shardsInWords } from '../../cache/shards.ts'
import type { ServerName } from '../../telemetry/server-metrics.ts'
import type { Cause } from './overview.ts'
import { type QueueFindings, queueCauses } from './queue-causes.ts'
import { runbook } from './runbook.ts'

/** What the looks of one moment found. Undefined: not known, which is no cause of its own. */
export interface Findings extends QueueFindings {
  /** Why a server does not do its work; null where it does. */
  servers: Record<ServerName, Error | null>
  names: Record<ServerName, string>
  cacheState: CacheState | undefined
  /** Of a cluster. */
  doubted?: DoubtedShards | undefined
  /** What this process still waits for before it does its part. */
  starting: readonly string[]
  /** In what other processes differ from this one, in words. */
  differing: readonly string[]
  /** Parts of the page that could not be asked for, although their server answers. */
  lacking: readonly { what: string; error: Error }[]
}

/** Each cause once, with what it means and what helps. What follows from another one is not told again. */
export function causesOf(findings: Findings): Cause[] {
  return [
    ...serverCauses(findings),
    ...cacheStateCause(findings),
    ...(findings.servers.queue ? [] : queueCauses(findings)),
    ...findings.starting.map(text => ({
      key: `starting ${text}`,
      text: `This process is starting: ${text}.`,
      help: 'It begins by itself when the servers that it needs answer; its log has the reason.',
      links: [],
    })),
    ...findings.differing.map(text => ({
      key: `differing ${text}`,
      text: upperFirst(`${text}.`),
      help: 'Start every process with the same `hearth.config.ts` and the same HEARTH_ variables. While a deployment replaces them one by one, this passes by itself.',
      links: [{ text: 'Processes', href: '/processes' }],
    })),
    ...findings.lacking.map(({ what, error }) => ({
      key: `lacking ${what}`,
      text: `${what} could not be asked for: ${error.message}.`,
      help: 'What the page shows of that is old. If this stays, the log of this process has more.',
      links: [],
    })),
  ]
}

const means: Record<ServerName, { text: string; help: string }> = {
  cache: {
    text: 'Reads go to the source, and nothing can be warmed.',
    help: 'See from this machine whether it answers: `redis-cli -u $HEARTH_REDIS_URL ping` (Sentinels, a cluster: each server by `-h` and `-p`). Processes use it again by themselves; do not restart them.',
  },
  queue: {
    text: 'Jobs, rounds and appended events wait; reads go on.',
    help: 'See from this machine whether it answers: `redis-cli -u $HEARTH_QUEUE_REDIS_URL ping` (Sentinels: each server by `-h` and `-p`). What it holds is not lost by a restart; work goes on by itself.',
  },
  source: {
    text: 'What is warm is served; misses and writes fail, and jobs wait.',
    help: 'Start it, or look whether it is overloaded (long queries, memory, disk). Work goes on by itself.',
  },
}

function serverCauses({ servers, names, doubted }: Findings): Cause[] {
  const isOne = names.cache === names.queue && servers.cache !== null && servers.queue !== null
  return (['cache', 'queue', 'source'] as const).flatMap(server => {
    const error = servers[server]
    if (!error || (isOne && server === 'queue') || (server === 'cache' && isPartly(doubted))) return []
    const { text, help } = means[server]
    const also = isOne && server === 'cache' ? ' Jobs, rounds and appended events wait.' : ''
    return {
      key: server,
      text: upperFirst(`${names[server]} ${failureOf(error)}. ${text}${also}`),
      help,
      links: [runbook('HearthServerAway')],
    }
  })
}

/** A server that says no is another matter than one that says nothing. */
export function failureOf(error: Error): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'ReplyError') return `refuses: ${cause.message}`
  }
  return `does not answer: ${error.message.replace(/^.*did not answer: |^Error: /, '')}`
}

const doubts: Record<Exclude<CacheState, 'trusted'>, { text: string; help: string }> = {
  away: {
    text: 'answers, but this process does without it: it is too slow, or cannot be written to. Reads go to the source.',
    help: 'Look at its load, its memory (`maxmemory`), and whether it is a replica. Processes use it again by themselves.',
  },
  'catching-up': {
    text: 'answers again, but reads do not trust it before the changes made meanwhile are delivered. They go to the source.',
    help: 'That takes seconds while a scheduler acts and the source answers. Do not restart processes: they would trust it too early.',
  },
}

/** The other shards do their work, also where a question about the whole cache fails. */
const isPartly = (doubted: DoubtedShards | undefined): doubted is DoubtedShards =>
  doubted !== undefined && doubted.names.length < doubted.of

function cacheStateCause({ servers, names, cacheState, doubted }: Findings): Cause[] {
  if (isPartly(doubted)) {
    return [
      {
        key: 'trust',
        text: upperFirst(
          `${names.cache}: ${shardsInWords(doubted)} cannot be used, or not yet. Reads of their worlds go to the source; other worlds are served.`,
        ),
        help: 'See whether each answers (`redis-cli -h … -p … ping`) and whether slots are being moved. Processes use them again by themselves, when the changes made meanwhile are delivered.',
        links: [runbook('HearthCacheNotTrusted')],
      },
    ]
  }
  if (servers.cache || cacheState === undefined || cacheState === 'trusted') return []
  const { text, help } = doubts[cacheState]
  return [
    {
      key: 'trust',
      text: upperFirst(`${names.cache} ${text}`),
      help,
      links: [runbook('HearthCacheNotTrusted')],
    },
  ]
}
