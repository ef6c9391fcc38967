import { countBy } from 'es-toolkit'
import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with a line that CI reads, without colours: it does not know Vitest's own. */
export class Totals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const { passed = 0, failed = 0, skipped = 0 } = countBy(tests, test => test.result().state)
    console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`)
  }
}
