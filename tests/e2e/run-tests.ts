// Runs test files, and those that failed once more, alone: browsers on a busy machine miss frames, timers and the last
// moments of a closed tab, whoever wrote the page. A file that fails twice has failed; one that does not is named with what
// failed at first, so that a weakness shows before it becomes a fault.
//
//   node --import tsx e2e/run-tests.ts <files>

import { relative } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/** Each file is a process with a browser of its own; on two cores more of them only wait for each other. */
const CONCURRENCY = 2
/** An outage of a minute is part of one; a hung test must not hang the run. */
const TIMEOUT_MS = 600_000
/** More files than these do not fail by chance. */
const MAX_REPEATED_FILES = 4

interface Count { passed: number; failed: number; skipped: number; names: string[] }

async function runFiles(files: string[], concurrency: number): Promise<Map<string, Count>> {
  const counts = new Map<string, Count>()
  const events: Readable = run({ files, concurrency, timeout: TIMEOUT_MS })
  const reported: Readable = events.compose(async function* (source: AsyncIterable<{ type: string; data: never }>) {
    for await (const event of source) {
      const { file, nesting, name, skip } = event.data as { file?: string; nesting?: number; name?: string; skip?: unknown }
      if (event.type === 'test:pass' || event.type === 'test:fail') {
        const key = relative(process.cwd(), file ?? name ?? '')
        const count = counts.get(key) ?? { passed: 0, failed: 0, skipped: 0, names: [] }
        counts.set(key, count)
        if (event.type === 'test:fail') {
          count.failed += 1
          count.names.push(name ?? '')
        } else if (skip === undefined) count.passed += 1
        else count.skipped += 1
      }
      // The totals of one run are not those of both.
      if (event.type !== 'test:diagnostic' || nesting !== 0) yield event
    }
  } as never)
  for await (const text of reported.compose(new spec() as Duplex as never) as Readable) process.stdout.write(text as string)
  return counts
}

const counts = await runFiles(process.argv.slice(2), CONCURRENCY)
const failed = [...counts].filter(([, count]) => count.failed > 0)
if (failed.length > 0 && failed.length <= MAX_REPEATED_FILES) {
  console.log(`\nonce more, alone: ${failed.map(([file]) => file).join(', ')}\n`)
  for (const [file, again] of await runFiles(failed.map(([file]) => file), 1)) {
    const first = counts.get(file)
    if (again.failed === 0 && first) console.log(`passed when repeated: ${file} (failed at first: ${first.names.join('; ')})`)
    counts.set(file, again)
  }
}
const all = [...counts.values()]
const sum = (of: (count: Count) => number): number => all.reduce((total, count) => total + of(count), 0)
for (const [word, number] of [['pass', sum(({ passed }) => passed)], ['fail', sum(({ failed }) => failed)], ['skipped', sum(({ skipped }) => skipped)]]) {
  console.log(`ℹ ${word} ${number}`)
}
process.exitCode = all.some((count) => count.failed > 0) || all.length === 0 ? 1 : 0
