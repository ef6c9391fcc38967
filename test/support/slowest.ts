import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'

const shown = 10

interface Timed {
  name: string
  ms: number
}

/**
 * Lists the slowest tests and files at the end of a run of more than ten files, so that a slow new test is noticed. A file's
 * time includes its hooks and its imports.
 */
export class Slowest implements Reporter {
  #root = ''

  onInit({ config }: Parameters<NonNullable<Reporter['onInit']>>[0]): void {
    this.#root = config.root
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length <= shown) return
    const nameOf = (module: TestModule) => relative(this.#root, module.moduleId)
    const files = modules.map(module => {
      const { duration, collectDuration } = module.diagnostic()
      return { name: nameOf(module), ms: duration + collectDuration }
    })
    const tests = modules.flatMap(module =>
      [...module.children.allTests()].map(test => ({
        name: `${nameOf(module)}: ${test.fullName}`,
        ms: test.diagnostic()?.duration ?? 0,
      })),
    )
    console.log([...slowest('tests', tests), ...slowest('files', files), ''].join('\n'))
  }
}

function slowest(what: string, all: readonly Timed[]): string[] {
  const ranked = all.toSorted((a, b) => b.ms - a.ms).slice(0, shown)
  const rows = ranked.map(({ ms, name }) => `${(ms / 1_000).toFixed(1).padStart(6)} s  ${name}`)
  return ['', `The slowest ${what}:`, ...rows]
}
