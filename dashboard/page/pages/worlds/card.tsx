import type { Overview, WorldRow } from '../../../console/overview.ts'
import { given } from '../../data/given.ts'
import { boardLink } from '../../data/operations.ts'
import { sum } from '../../data/sum.ts'
import { ago, count, duration, none, or, rate, share } from '../../data/words.ts'
import { type CachedEntity, invalidate, invalidateAll, refresh, warm } from '../../data/world-operations.ts'
import { Fact, Facts } from '../../parts/facts.tsx'
import { Meter } from '../../parts/meter.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import { Table } from '../../parts/table.tsx'

/** One world: how warm it is, how it is read, who is popular in it, and what an operator can do about it. */
export function WorldCard({ world, frame }: { world: WorldRow; frame: Overview }) {
  const { id, minutes } = world
  const hits = sum(minutes.map(minute => minute.hits))
  return (
    <article class="card world" aria-label={`World ${id}`}>
      <div class="head">
        <h3>
          <a href={`/worlds/${encodeURIComponent(id)}`}>{id}</a>
        </h3>
        {given.operates && (
          <div class="buttons">
            <button type="button" onClick={() => warm(id)} aria-label={`Warm ${id}`}>
              Warm
            </button>
            <button type="button" onClick={() => invalidateAll(id)} aria-label={`Invalidate all of ${id}`}>
              Invalidate
            </button>
          </div>
        )}
      </div>
      <Warmth world={world} />
      <Facts>
        <Fact name="Reads a second">{or(world.perSecond, rate)}</Fact>
        <Fact name="Hit rate, 30 min" note={<Sparkline minutes={minutes} />}>
          {share(hits, hits + sum(minutes.map(minute => minute.misses)))}
        </Fact>
        <Fact name="Version">{or(world.version, String)}</Fact>
        <Fact name="Pending events">{or(world.pending, count)}</Fact>
        <Fact name="Active">{or(world.lastActiveAt, at => ago(at, frame.at))}</Fact>
      </Facts>
      {world.popular.length > 0 && <Popular world={world} kinds={frame.countedKinds} />}
    </article>
  )
}

/** Entries present of entries due; while it is being warmed, what the job says is newer than the last count. */
function Warmth({ world }: { world: WorldRow }) {
  const { id, warming, present, due } = world
  const { done, total } = warming?.progress ?? { done: present ?? 0, total: due ?? 0 }
  const isReady = warming?.progress?.readyMs !== undefined
  const working = isReady ? 'ready, the rest is being warmed' : 'being warmed'
  const text = inWords(world, done, total)
  return (
    <div class="warmth">
      <Meter
        label={`How warm ${id} is`}
        percent={total === 0 ? 0 : Math.min(100, Math.floor((100 * done) / total))}
        text={text}
        isBusy={warming !== null && !isReady}
      />
      <p>
        {warming && (
          <>
            <a href={boardLink(warming)}>
              {warming.state === 'waiting' ? 'waits for a worker' : working}
            </a>{' '}
          </>
        )}
        <span>{text}</span>
      </p>
    </div>
  )
}

function inWords({ warming, isKnown, present, due }: WorldRow, done: number, total: number): string {
  if (warming?.progress) return `${count(done)} of ${count(total)} entries`
  if (!isKnown) return 'not known: the cache has not answered yet'
  if (present === null) return 'being counted …'
  if (due === null) return `${entries(present)}; never warmed`
  // More than the last warming brought: what was read, or has come into the world, since.
  if (present > due) return `100 % warm, ${entries(present)}; ${count(due)} when it was warmed`
  return `${due === 0 ? 100 : Math.floor((100 * present) / due)} % warm, ${count(present)} of ${count(due)} entries`
}

const entries = (n: number) => (n === 1 ? '1 entry' : `${count(n)} entries`)

/** The most read entities; what can be done is done to their entries of the kinds whose reads are counted. */
function Popular({ world, kinds }: { world: WorldRow; kinds: readonly string[] }) {
  const entityOf = (id: string): CachedEntity => ({
    id,
    what: kinds.join(', '),
    targets: kinds.map(kind => ({ kind, id })),
  })
  return (
    <details>
      <summary>The {world.popular.length} most read entities</summary>
      <Table
        caption="Most read"
        keyOf={({ id }) => id}
        rows={world.popular}
        columns={[
          { head: 'Entity', cell: ({ id }) => id },
          { head: 'Read', isNumber: true, cell: ({ score }) => rate(score) },
          {
            head: 'Age',
            isNumber: true,
            cell: ({ ttlMs, ageMs }) => (ttlMs === null ? 'cold' : or(ageMs, duration)),
          },
          {
            head: 'Expires in',
            isNumber: true,
            cell: ({ ttlMs }) => (ttlMs === null ? none : duration(ttlMs)),
          },
          ...(given.operates
            ? [
                {
                  head: 'Actions',
                  cell: ({ id }: { id: string }) => (
                    <EntityButtons worldId={world.id} entity={entityOf(id)} />
                  ),
                },
              ]
            : []),
        ]}
      />
    </details>
  )
}

const EntityButtons = ({ worldId, entity }: { worldId: string; entity: CachedEntity }) => (
  <div class="buttons">
    <button
      type="button"
      onClick={() => refresh(worldId, entity)}
      aria-label={`Refresh ${entity.id} of ${worldId}`}
    >
      Refresh
    </button>
    <button
      type="button"
      onClick={() => invalidate(worldId, entity)}
      aria-label={`Invalidate ${entity.id} of ${worldId}`}
    >
      Invalidate
    </button>
  </div>
)
