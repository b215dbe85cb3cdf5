// What a test started ends with the test, whatever fails on the way: node's own `after` hooks stop at the first
// that throws, which would leave a browser open and the test process waiting for it.

import type { TestContext } from 'node:test'

type Step = () => void | Promise<void>

export class Teardown {
  private readonly steps: Step[] = []

  constructor(t: TestContext) {
    t.after(() => this.run())
  }

  /** Steps run in the reverse order of being added. */
  add(step: Step): void {
    this.steps.unshift(step)
  }

  private async run(): Promise<void> {
    const failures: unknown[] = []
    for (const step of this.steps) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'))
  }
}
