import type { Overview } from '../overview/overview.ts'
import { fact, h } from './dom.ts'
import { empty, table } from './tables.ts'
import { ago, count, duration, none, or } from './words.ts'

type Findings = NonNullable<Overview['audit']>['findings']

/** What the audits found, and, to be opened, each of the last findings. */
export function audit({ audit, at }: Overview): HTMLElement[] {
  if (audit === null) return [empty("What the audits found is not known: the queues' Redis does not answer.")]
  if (audit.checked === 0 && audit.total === 0) {
    return [
      empty(
        'Nothing has been audited. Schedulers have samples compared with the source; or run `hearth audit <world>`.',
      ),
    ]
  }
  const facts = [
    fact('Entries checked', count(audit.checked)),
    ...audit.misled.map(({ age, entries }) =>
      fact(
        `Consistent within ${inWords(age)}`,
        nines(audit.checked, entries),
        h('span.note', `${count(entries)} were not`),
      ),
    ),
    fact('Found', count(audit.found)),
    fact('Repaired', count(audit.repaired)),
  ]
  return [
    h('dl.card.facts', { 'data-key': 'facts' }, ...facts),
    audit.findings.length === 0
      ? empty('Nothing that was checked stayed wrong.')
      : list(audit.findings, audit.total, at),
  ]
}

/** As many nines as there are, and not one that there is not: it is rounded down. */
function nines(checked: number, wrong: number): string {
  if (checked === 0) return none
  if (wrong === 0) return '100 %'
  const digits = Math.min(6, Math.max(1, Math.ceil(-Math.log10(wrong / checked)) - 2))
  const right = Math.max(0, checked - wrong)
  return `${(Math.floor((right * 100 * 10 ** digits) / checked) / 10 ** digits).toFixed(digits)} %`
}

const inWords = (age: string): string =>
  age.replace(/(\d)(ms|s|m)$/, (_, digit, unit) => `${digit} ${unit === 'm' ? 'min' : unit}`)

function list(findings: Findings, total: number, at: number): HTMLElement {
  const more = total > findings.length ? `, the last ${findings.length} of them` : ''
  return h(
    'details',
    { 'data-key': 'findings' },
    h('summary', `${count(total)} ${total === 1 ? 'finding' : 'findings'}${more}`),
    table(
      'Findings',
      [
        'World',
        'Entry',
        'What is wrong',
        'Outcome',
        'Wrong since',
        'Last seen',
        'Differs in',
        'Version',
        'Life left',
      ],
      findings.map(finding => ({
        key: `${finding.worldId} ${finding.subject} ${finding.fault}`,
        cells: [
          finding.worldId,
          finding.subject,
          h('span', h('strong.bad', finding.fault), `: ${finding.detail}`),
          finding.repaired ? 'repaired' : h('strong.bad', 'only reported'),
          ago(finding.sinceMs, at),
          `${ago(finding.atMs, at)}${finding.times > 1 ? `, ${count(finding.times)} times` : ''}`,
          differences(finding),
          or(finding.version, String),
          or(finding.leftMs, duration),
        ],
      })),
    ),
  )
}

function differences({ differences }: Findings[number]): Node | string {
  if (differences.length === 0) return none
  return h(
    'ul.differences',
    ...differences.map(({ field, cached, truth }) =>
      h('li', h('code', field), `: ${cached ?? 'nothing'}, truth ${truth ?? 'nothing'}`),
    ),
  )
}
