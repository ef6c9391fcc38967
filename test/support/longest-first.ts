import { groupBy, partition } from 'es-toolkit'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** They run for half a minute and more. */
const longest = [
  'neo4j-alone.test.ts',
  'audit.test.ts',
  'processes.test.ts',
  'cli.test.ts',
  'console.test.ts',
]

/**
 * The longest of a project begin first, and none of them is left for the end, where it would run alone. Vitest itself
 * begins with the largest files where it has not seen them run.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byProject = groupBy(await super.sort(files), file => file.project.name)
    const isLong = ({ moduleId }: TestSpecification) => longest.some(name => moduleId.endsWith(`/${name}`))
    return Object.values(byProject).flatMap(group => partition(group, isLong).flat())
  }
}
