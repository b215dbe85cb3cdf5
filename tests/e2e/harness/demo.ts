// The demo app as `npm run serve` serves it: built once, told its collector when it starts.

import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Child } from './child.ts'
import { APPLICATION_ID } from './collector.ts'
import { places, requireBuilt } from './places.ts'
import type { Teardown } from './teardown.ts'

/** The collector must know the demo's origin before it starts, and the demo the collector's. */
export async function freeOrigin(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

export async function startDemo(teardown: Teardown, origin: string, endpoint: string): Promise<void> {
  requireBuilt(places.builtDemo)
  // Vite's own file rather than `npm run serve`: npm would stand between us and the process to stop.
  const vite = requireBuilt(join(places.demo, 'node_modules/vite/bin/vite.js'))
  const { hostname, port } = new URL(origin)
  const demo = new Child('the demo server', process.execPath, [vite, 'preview', '--host', hostname, '--port', port, '--strictPort'], {
    cwd: places.demo,
    env: { ...process.env, VITE_RUM_ENDPOINT: endpoint, VITE_RUM_APPLICATION_ID: APPLICATION_ID },
  })
  teardown.add(() => demo.stop())
  await demo.firstLine('where it is', (line) => (line.includes(port) ? true : undefined))
}
