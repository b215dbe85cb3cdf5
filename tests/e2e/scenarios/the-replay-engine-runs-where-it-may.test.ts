// The engine of dist/sdk behind the page's end of its seam, in a worker, behind a stub, and on the page's own thread.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { inflateSync } from 'node:zlib'
import { chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { eventually } from '../harness/eventually.ts'
import { findChromium, places, requireBuilt } from '../harness/places.ts'
import { readBody } from '../harness/read-body.ts'

interface Window { recording: { kinds: string[]; record(text: string): void; flush(): void; leave(): void } }

/** What the recorder does with an engine, in little. */
const PAGE_CODE = `
  import { openEngine } from './port-main.ts';
  import { createExit } from './exit.ts';
  import { Ops } from './ops.ts';
  const { segmentUrl, workerUrl } = window.given;
  const exit = createExit(segmentUrl, fetch.bind(window));
  const setup = { segmentUrl, applicationId: 'app', sdkVersion: '0', privacyLevel: 3, policyVersion: 1, isHeld: false };
  const kinds = [];
  const engine = openEngine(setup, { workerUrl, fetch: fetch.bind(window), fence: (fn) => fn }, (message) => {
    kinds.push(message[0] === 'fault' ? message.join(' ') : message[0]);
    exit.hear(message);
  });
  const id = 'ab'.repeat(16);
  const at = Date.now();
  engine.send(['view', { sessionId: id, viewId: id, atMs: at, href: 'https://shop.example/', width: 800, height: 600, hasFocus: true }], []);
  const ops = new Ops();
  ops.add(4, 1, 0);
  let last = 1, batches = 0;
  const record = (text) => {
    ops.add(2, ++last, 1, 0);
    ops.text(text);
    if (!batches) ops.add(30);
    const packed = ops.take();
    engine.send(['ops', ++batches, Date.now(), packed], [packed.words.buffer]);
    exit.sent(batches);
  };
  window.recording = { kinds, record, flush: () => engine.send(['flush', 5], []), leave: () => exit.leave() };
`

interface Setting {
  /** Content-Security-Policy of the page. */
  policy?: string
  /** The SDK comes from another origin. */
  isForeign?: boolean
  /** Option `workerUrl`. */
  workerUrl?: string
  /** The collector answers nothing, so that nothing arrives. */
  isMute?: boolean
}

interface Stack { page: Page; bodies: Buffer[]; workers: () => number; asked: string[] }

async function open(t: TestContext, { policy, isForeign, workerUrl, isMute }: Setting): Promise<Stack> {
  const bodies: Buffer[] = []
  const asked: string[] = []
  const sdk = requireBuilt(places.sdk)
  const [worker, wasm] = [/^replay-worker-.*\.js$/, /^replay-[^-]*\.wasm$/].map((shape) => readdirSync(sdk).find((file) => shape.test(file))!)
  const cdn = await listen(t, async (path) => ({ body: await readFile(join(sdk, path)), type: path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript' }))
  const own: { origin: string } = { origin: '' }
  const site = await listen(t, async (path, body) => {
    asked.push(path)
    if (path === '/v1/s') {
      bodies.push(body)
      return isMute ? undefined : { body: '', type: 'text/plain' }
    }
    if (path === '/port.js') return { body: await bundled(isForeign ? cdn : own.origin, worker!, wasm!), type: 'text/javascript' }
    if (path === '/stub.js') return { body: `import('${cdn}/${worker}')`, type: 'text/javascript' }
    if (path === '/page.html') {
      const given = JSON.stringify({ segmentUrl: '/v1/s', workerUrl })
      const html = `<!doctype html><script nonce=n>given = ${given}</script><script nonce=n type=module src=/port.js></script>`
      return { body: html, type: 'text/html', ...(policy ? { policy } : {}) }
    }
    return { body: await readFile(join(sdk, path)), type: path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript' }
  })
  own.origin = site
  const browser = await chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS] })
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`${site}/page.html`)
  return { page, bodies, workers: () => page.workers().length, asked }
}

async function listen(t: TestContext, answer: (path: string, body: Buffer) => Promise<{ body: string | Buffer; type: string; policy?: string } | undefined>): Promise<string> {
  const server: Server = createServer((request, response) => {
    void (async () => {
      try {
        const answered = await answer(new URL(request.url!, 'http://site').pathname, await readBody(request))
        if (!answered) return
        const policy = answered.policy ? { 'content-security-policy': answered.policy } : {}
        response.writeHead(200, { 'content-type': answered.type, 'access-control-allow-origin': '*', ...policy }).end(answered.body)
      } catch {
        response.writeHead(404).end()
      }
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The page's end, as it would lie beside the SDK's other files. */
async function bundled(folder: string, worker: string, wasm: string): Promise<Buffer> {
  const loader = join(places.loader, '..')
  const esbuild = createRequire(join(loader, 'package.json'))('esbuild') as { build(options: object): Promise<{ outputFiles: { contents: Uint8Array }[] }> }
  const digest = createHash('sha384').update(await readFile(join(places.sdk, wasm))).digest('base64')
  const { outputFiles } = await esbuild.build({
    stdin: { contents: PAGE_CODE, resolveDir: join(places.loader, 'replay'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    define: {
      REPLAY_WASM_FILE: JSON.stringify(`${folder}/${wasm}`),
      REPLAY_WASM_INTEGRITY: JSON.stringify(`sha384-${digest}`),
      REPLAY_WORKER_FILE: JSON.stringify(`${folder}/${worker}`),
    },
  })
  return Buffer.from(outputFiles[0]!.contents)
}

const plain = (body: Buffer): string => (body[0] === 0x78 ? inflateSync(body) : body).toString('latin1')

async function recordSomething({ page, bodies }: Stack): Promise<void> {
  await page.waitForFunction(() => 'recording' in window)
  await page.evaluate(() => {
    const { recording } = window as unknown as Window
    recording.record('first words')
    recording.record('second words')
    recording.flush()
  })
  await eventually('the segment came', () => assert.equal(bodies.length, 1))
  const body = plain(bodies[0]!)
  assert.ok(body.startsWith('\x9f\xbf') && body.endsWith('\xff'), 'a head and blocks')
  assert.match(body, /first words[^]*second words/)
  await eventually('the page was told', async () => {
    const kinds = await page.evaluate(() => (window as unknown as Window).recording.kinds)
    assert.deepEqual(kinds.filter((kind) => kind !== 'block').toSorted(), ['settled', 'stats'])
  })
}

test('the engine runs in a worker of the same origin', async (t) => {
  const stack = await open(t, {})
  await recordSomething(stack)
  assert.equal(stack.workers(), 1)
})

test('a stub of the same origin brings the worker from elsewhere', async (t) => {
  const stack = await open(t, { isForeign: true, workerUrl: '/stub.js' })
  await recordSomething(stack)
  assert.equal(stack.workers(), 1)
  assert.ok(stack.asked.includes('/stub.js'))
})

test('without a worker of its own origin the page runs it in slices', async (t) => {
  const stack = await open(t, { isForeign: true })
  await recordSomething(stack)
  assert.equal(stack.workers(), 0)
})

test('so it does where its policy forbids workers, or the file is not there', async (t) => {
  for (const setting of [
    { workerUrl: '/missing.js' },
    { policy: "default-src 'self'; script-src 'nonce-n' 'strict-dynamic' 'wasm-unsafe-eval'; worker-src 'none'" },
    { policy: "default-src 'self'; script-src 'nonce-n' 'strict-dynamic' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types other" },
  ]) {
    const stack = await open(t, setting)
    await recordSomething(stack)
    assert.equal(stack.workers(), 0, JSON.stringify(setting))
  }
})

test('trusted types allow the worker by our policy', async (t) => {
  const stack = await open(t, { policy: "require-trusted-types-for 'script'; trusted-types rum" })
  await recordSomething(stack)
  assert.equal(stack.workers(), 1)
})

test('a page that is left sends what did not arrive, and says what it could not', async (t) => {
  const stack = await open(t, { isMute: true })
  const { page, bodies } = stack
  await page.waitForFunction(() => 'recording' in window)
  await page.evaluate(() => (window as unknown as Window).recording.record('first words'))
  await page.waitForFunction(() => (window as unknown as Window).recording.kinds.length >= 3)
  await page.evaluate(() => {
    const { recording } = window as unknown as Window
    // The engine cannot have answered before the page is left.
    recording.record('last words')
    recording.leave()
  })
  await eventually('the page sent it', () => assert.equal(bodies.length, 1))
  const body = plain(bodies[0]!)
  assert.match(body, /\x0e\x01\xff[^]*first words/, 'a batch is lost')
  assert.doesNotMatch(body, /last words/)
})
