import type { JobsShown } from '../../console/jobs-shown.ts'
import { usePoll } from '../data/poll.ts'
import { Figure } from '../parts/figure.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { DeadEvents } from './jobs/dead-events.tsx'
import { FailureGroups } from './jobs/failure-groups.tsx'
import { QueueTable } from './jobs/queue-table.tsx'

export function Jobs() {
  const asked = usePoll<JobsShown>('/api/v1/console/jobs').value
  return (
    <Page title="Queues">
      <Figure of={asked} what="The queues">
        {({ queues, failures, dead }) => (
          <>
            <Section title="All queues">
              <Figure of={queues} what="The queues">
                {rows => <QueueTable rows={rows} />}
              </Figure>
            </Section>
            <Section title="Failed jobs by reason">
              <Figure of={failures} what="The failed jobs">
                {found => <FailureGroups failures={found} />}
              </Figure>
            </Section>
            <Section title="Refused events">
              <Figure of={dead} what="The refused events">
                {found => <DeadEvents dead={found} />}
              </Figure>
            </Section>
          </>
        )}
      </Figure>
    </Page>
  )
}
