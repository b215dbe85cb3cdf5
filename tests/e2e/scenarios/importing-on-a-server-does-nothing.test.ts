import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { places, requireBuilt } from '../harness/places.ts'

for (const [file, name] of [['index.js', 'rum'], ['datadog.js', 'datadogRum']] as const) {
  test(`importing ${file}, and calling it, does nothing on a server`, async () => {
    const before = Object.keys(globalThis)
    const module = (await import(join(requireBuilt(places.npm), file))) as Record<string, Record<string, (...args: unknown[]) => unknown>>
    const rum = module[name]!
    rum['init']!({ applicationId: 'a', endpoint: 'https://collector.example' })
    rum['setUser']!({ id: 'a' })
    rum['addAction']!('paid')
    rum['setTrackingConsent']!('not-granted')
    assert.deepEqual(rum['getUser']!(), { id: 'a' })
    assert.equal(rum['getInternalContext']!(), undefined)
    assert.deepEqual(Object.keys(globalThis), before)
  })
}
