// Runs test files, and those that failed once more, alone: browsers on a busy machine miss frames, timers and the last
// moments of a closed tab, whoever wrote the page. A file that fails twice has failed; one that does not is named with what
// failed at first, so that a weakness shows before it becomes a fault.
//
//   node --import tsx e2e/run-tests.ts <files>

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

/** Runs a file and prints what it reports at once. What a test is registered by is in another file often: a run of its own tells whose it is. */
async function runFile(file: string): Promise<Count> {
  const count: Count = { passed: 0, failed: 0, skipped: 0, names: [] }
  const events: Readable = run({ files: [file], timeout: TIMEOUT_MS })
  const reported: Readable = events.compose(async function* (source: AsyncIterable<{ type: string; data: never }>) {
    for await (const event of source) {
      const { nesting, name, skip } = event.data as { nesting?: number; name?: string; skip?: unknown }
      if (event.type === 'test:fail') {
        count.failed += 1
        count.names.push(name ?? '')
      } else if (event.type === 'test:pass') {
        if (skip === undefined) count.passed += 1
        else count.skipped += 1
      }
      // The totals of one run are not those of all.
      if (event.type !== 'test:diagnostic' || nesting !== 0) yield event
    }
  } as never)
  let report = ''
  for await (const text of reported.compose(new spec() as Duplex as never) as Readable) report += text as string
  process.stdout.write(report)
  return count
}

async function runFiles(files: readonly string[], concurrency: number): Promise<Map<string, Count>> {
  const counts = new Map<string, Count>()
  const waiting = [...files]
  const work = async (): Promise<void> => {
    for (let file; (file = waiting.shift()) !== undefined; ) counts.set(file, await runFile(file))
  }
  await Promise.all(Array.from({ length: concurrency }, work))
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
