import type { z } from 'zod'

/** A field that is wrong. */
export interface WrongField {
  /** From what was given, in dots: `events.0.timestamp`. */
  path: string
  message: string
}

type Issue = z.core.$ZodIssue

/** The wrong fields among issues of zod, each with its own path, which begins with `what`. */
export const wrongFields = (issues: readonly Issue[], what: string): WrongField[] =>
  issues.flatMap(issue => fieldsOf(issue, [what]))

function fieldsOf(issue: Issue, above: readonly PropertyKey[]): WrongField[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({ path: [...path, key].join('.'), message: 'is no field here' }))
  const options = issue.code === 'invalid_union' ? issue.errors : []
  const meant = meantOf(options)
  if (meant) return meant.flatMap(inner => fieldsOf(inner, path))
  return [{ path: path.join('.'), message: eitherOf(options) || issue.message }]
}

/** What would be right, where it is not known which option was meant. */
function eitherOf(options: readonly (readonly Issue[])[]): string {
  const messages = options.flatMap(issues => issues.slice(0, 1).map(({ message }) => message))
  return [...new Set(messages)].join(', or ')
}

/** Of the options of a union the one that was meant: all that is wrong with it lies deepest. Undefined where two are alike. */
function meantOf(options: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const depthOf = (issues: readonly Issue[]) => Math.min(...issues.map(({ path }) => path.length))
  const deepest = Math.max(...options.map(depthOf))
  const [meant, ...others] = options.filter(issues => depthOf(issues) === deepest)
  return others.length === 0 ? meant : undefined
}
