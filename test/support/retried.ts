import type { Reporter, TestModule } from 'vitest/node'

/** Says at the end why tests failed at first that passed when they were run once more. */
export class Retried implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        if (!test.diagnostic()?.flaky) continue
        const [first] = test.result().errors ?? []
        console.log(
          `Retried: ${test.fullName}\n  ${first?.stack?.split('\n').slice(0, 2).join('\n')}\n${first?.diff ?? ''}`,
        )
      }
    }
  }
}
