import type { WorldView } from '../../console/world/view.ts'
import { usePoll } from '../data/poll.ts'
import { Figure } from '../parts/figure.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { Changes } from './world/changes.tsx'
import { Cold } from './world/cold.tsx'
import { WorldFacts } from './world/facts.tsx'
import { Findings } from './world/findings.tsx'
import { Jobs } from './world/jobs.tsx'
import { Lives } from './world/lives.tsx'
import { PendingEvents } from './world/pending.tsx'
import { Popular } from './world/popular.tsx'
import { Warmth } from './world/warmth.tsx'
import { ActionsBar } from './worlds/actions-bar.tsx'

/** One world: how warm it is and why not warmer, what is read of it, what happened to it, and what can be done. */
export function World({ params: { worldId = '' } }: { params: Record<string, string> }) {
  const view = usePoll<WorldView>(`/api/v1/console/worlds/${encodeURIComponent(worldId)}`, 2_000)
  return (
    <Page title={worldId} aside={<ActionsBar worldIds={[worldId]} of={worldId} />}>
      <Figure of={view.value} what="The world">
        {found => <Parts view={found} />}
      </Figure>
    </Page>
  )
}

function Parts({ view }: { view: WorldView }) {
  const { id, facts, reads, warmth, popular, jobs, findings, pending } = view
  return (
    <>
      <Section title="State">
        <WorldFacts facts={facts} reads={reads} />
      </Section>
      <Section title="How warm it is">
        <Figure of={warmth} what="How warm it is">
          {value => <Warmth worldId={id} warmth={value} />}
        </Figure>
      </Section>
      <Section title="Why the rest is cold">
        <Figure of={warmth} what="Why the rest is cold">
          {value => <Cold worldId={id} warmth={value} lastWarming={jobs.value?.lastWarming ?? null} />}
        </Figure>
      </Section>
      <Section title="How long entries still live">
        <Figure of={warmth} what="How long entries still live">
          {value => <Lives warmth={value} />}
        </Figure>
      </Section>
      <Section title="Most read entities">
        <Figure of={popular} what="What is read most">
          {rows => <Popular worldId={id} rows={rows} />}
        </Figure>
      </Section>
      <Section title="Recent changes">
        <Figure of={jobs} what="Recent changes">
          {({ changes }) => <Changes changes={changes} />}
        </Figure>
      </Section>
      <Section title="Jobs">
        <Figure of={jobs} what="Its jobs">
          {value => <Jobs jobs={value.jobs} />}
        </Figure>
      </Section>
      <Section title="Audit findings">
        <Figure of={findings} what="Audit findings">
          {rows => <Findings rows={rows} worldId={id} />}
        </Figure>
      </Section>
      <Section title="Pending events">
        <Figure of={pending} what="Pending events">
          {value => <PendingEvents worldId={id} pending={value} />}
        </Figure>
      </Section>
    </>
  )
}
