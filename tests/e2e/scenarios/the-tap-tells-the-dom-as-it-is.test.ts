// What the tap tells of a document, read as the engine reads it, is the document: after whatever a page does to it,
// between the slices of its first walk and later.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { chromium, type Page } from 'playwright-core'
import { Op } from '../../../js-loader/src/replay/ops.ts'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { findChromium, places } from '../harness/places.ts'
import { tapScript } from '../harness/tap/bundle.ts'
import type { RandomRun, TapWindow } from '../harness/tap/page.ts'

declare const Tapped: TapWindow['Tapped']
declare const random: TapWindow['random']
declare const tap: InstanceType<TapWindow['Tapped']>
/** In a task of its own it does not take what is left on the stack for references. */
declare const gc: (options: { execution: 'async' }) => Promise<void>
type Global = typeof globalThis & { tap: typeof tap; [name: string]: unknown }

const ORIGIN = 'http://page.test'

/** Pages with the tap's code in them. */
async function start(t: TestContext, moreFlags: string[] = []) {
  const [browser, code] = await Promise.all([chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS, ...moreFlags] }), tapScript()])
  t.after(() => browser.close())
  return async (html: string, { before }: { before?: (page: Page) => Promise<void> } = {}): Promise<Page> => {
    const page = await browser.newPage()
    await page.route('**/*', (route) => {
      const { hostname, pathname } = new URL(route.request().url())
      const body = hostname === 'page.test' && pathname === '/' ? html : `<!doctype html><p>${pathname}</p>`
      return route.fulfill({ body, contentType: 'text/html' })
    })
    await page.goto(`${ORIGIN}/`)
    await before?.(page)
    // The compiler of these tests names inner functions through a helper that pages do not have.
    await page.addScriptTag({ content: `globalThis.__name = (named) => named; ${code}` })
    return page
  }
}

const PAGE = '<!doctype html><title>A claim</title><body><div id="a"><p>one</p><!-- c --><p id="p">two</p></div><div id="b"></div>'

/** All of it is masked, but for what says to be shown. */
const EDITOR = `<!doctype html><body data-rum-privacy="mask"><div id="s"><i data-rum-privacy="allow">a</i></div>
  <div id="e" contenteditable><p></p><div id="t"><i data-rum-privacy="allow">b</i></div></div>`

/** What a page does once it is walked, and what of each kind the tap tells of it. */
const changes: readonly [what: string, html: string, change: () => void, told?: Partial<Record<keyof typeof OPS, number>>][] = [
  ['added, removed and added again is added', PAGE, () => {
    const made = document.createElement('i')
    for (const parent of [b(), a()]) { parent.append(made); made.remove(); parent.append(made) }
  }, { Element: 1, Remove: 0, Move: 0 }],
  ['moved, then its new parent is removed', PAGE, () => { b().append(p()); b().remove() }, { Remove: 2, Element: 0 }],
  ['moved, and its old parent is removed', PAGE, () => { document.body.append(p()); a().remove() }, { Element: 1, Remove: 1 }],
  ['added in reverse order', PAGE, () => { for (let index = 0; index < 9; index++) b().prepend(Object.assign(document.createElement('i'), { id: `i${index}` })) }, { Element: 9 }],
  ['a child before its new parent', PAGE, () => {
    const parent = document.createElement('section')
    parent.append(p())
    a().append(parent)
  }, { Element: 1 + 1, Remove: 1 }],
  ['before a comment and a script, which are not told', PAGE, () => {
    p().before(document.createComment('x'), document.createElement('script'), document.createComment('y'))
    a().childNodes[2]!.before('z')
  }, { Text: 1, Element: 0 }],
  ['removed from several parents', PAGE, () => { b().append(p()); document.body.append(p()); p().remove() }, { Remove: 1, Move: 0 }],
  ['attributes and texts of what was just added are not told twice', PAGE, () => {
    b().innerHTML = '<i class="x">y</i>'
    const made = b().firstElementChild!
    made.className = 'z'
    made.firstChild!.nodeValue = 'q'
    a().className = 'k'
    p().remove()
    p2().className = 'm'
    b().append(p2())
  }, { Attribute: 2, Data: 0, Element: 1 }],
  ['an attribute with its old value again', PAGE, () => { a().className = 'x'; a().removeAttribute('class'); a().setAttribute('title', 'x'); a().setAttribute('title', 'y') }, { Attribute: 1, AttributeRemoved: 0 }],
  ['texts are split, joined and emptied', PAGE, () => {
    const text = p().firstChild as Text
    text.splitText(1).splitText(1)
    p2().append('', ' ', 'x', 'y')
    p2().normalize()
    text.data = ''
  }],
  ['outside in', PAGE, () => {
    // The outer one is the first to be touched: moving it as it is would put it into itself.
    document.body.append(a())
    b().append(p())
    p().append(a())
    document.body.append(p())
  }],
  ['the whole body', PAGE, () => { document.body.outerHTML = '<body class="other"><p>x</p></body>' }],
  ['another root element, and another document type', PAGE, () => {
    document.documentElement.replaceWith(document.createElement('html'))
    document.doctype!.replaceWith(document.implementation.createDocumentType('svg', 'a', 'b'))
    document.documentElement.append(document.createElement('body'))
  }],
  ['the document is written anew', PAGE, () => { document.open(); document.write('<!doctype html><p>written'); document.close() }],
  ['names that are none', PAGE, () => { b().innerHTML = '<a"b c"d="1" class="x" :e @f="2">g</a"b><svg viewBox="0 0 1 1"><linearGradient id="x"/><foreignObject><p>h</p></foreignObject></svg><math><mi>x</mi></math>' }],
  ['CDATA in HTML', PAGE, () => { b().append(document.importNode(new Document().createCDATASection('x'))) }, { CData: 1 }],
  ['templates, noscript and comments', PAGE, () => { b().innerHTML = '<template><p>x</p></template><noscript><p>y</p></noscript><!-- z -->' }, { Element: 0, Text: 0 }],
  ['form fields named like properties', PAGE, () => {
    b().innerHTML = '<form id="f"><input name="childNodes"><input name="attributes"><input name="parentNode"><input name="firstChild"><input name="nodeType"><input name="nextSibling"><input name="nodeName"></form>'
    const field = document.createElement('button')
    Element.prototype.append.call(document.getElementById('f'), field)
    Element.prototype.setAttribute.call(document.getElementById('f'), 'class', 'x')
  }, { Element: 9 }],
  ['frames of old', '<!doctype html><frameset cols="1,*"><frame src="/x"><frame src="/y"></frameset>', () => { document.querySelector('frame')!.remove() }, { Remove: 1 }],
  ['a shadow tree attached later, with another in it', PAGE, () => {
    const root = a().attachShadow({ mode: 'open' })
    root.innerHTML = '<slot></slot><div id="inner"></div>'
    root.getElementById('inner')!.attachShadow({ mode: 'open' }).append('deep')
  }, { ShadowRoot: 2 }],
  ['a host with nested hosts moves, and goes', `${PAGE}<div id="host"><template shadowrootmode="open"><p><span><template shadowrootmode="open">deep<i></i></template></span></p></template></div>`, () => {
    const host = document.getElementById('host')!
    b().append(host)
    host.shadowRoot!.querySelector('span')!.shadowRoot!.append('deeper')
    p().append(host.shadowRoot!.firstChild!)
    document.body.append(document.createElement('hr'))
  }, { Move: 2, ShadowRoot: 0 }],
  ['a closed tree is not told', PAGE, () => { b().attachShadow({ mode: 'closed' }).append(p()) }, { ShadowRoot: 0, Remove: 1 }],
  ['from what is hidden and into it', PAGE, () => {
    b().setAttribute('data-dd-privacy', 'hidden')
    b().append(p2())
    a().append(document.createElement('i'))
  }],
  ['what shows itself, deep in what comes into an editor', EDITOR, () => { document.querySelector('#e')!.append(document.querySelector('#s')!) }, { Element: 2, Move: 0 }],
  ['and out of it', EDITOR, () => { document.querySelector('#s')!.append(document.querySelector('#t')!) }, { Element: 2, Move: 0 }],
  ['and moves within it', EDITOR, () => { document.querySelector('#e')!.prepend(document.querySelector('#t')!) }, { Element: 0, Move: 1 }],
  ['an editor at once', EDITOR, () => { document.querySelector('#s')!.setAttribute('contenteditable', '') }, { Element: 2 }],
  ['open again', `${PAGE}<div id="h" data-dd-privacy="hidden"><p>x</p></div>`, () => {
    const hidden = document.getElementById('h')!
    hidden.append('y')
    hidden.removeAttribute('data-dd-privacy')
    hidden.append('z')
  }],
  ['more children at once than there are steps for', PAGE, () => {
    b().innerHTML = '<i></i>'.repeat(11_000)
    b().firstElementChild!.append(p())
    b().replaceChildren()
    a().innerHTML = '<i></i>'.repeat(11_000)
    b().append(a().firstElementChild!)
  }],
]

const OPS = { Element: Op.Element, Text: Op.Text, ShadowRoot: Op.ShadowRoot, CData: Op.CData, Remove: Op.Remove, Move: Op.Move, Attribute: Op.Attribute, AttributeRemoved: Op.AttributeRemoved, Data: Op.Data } as const

declare function a(): Element
declare function b(): Element
declare function p(): Element
declare function p2(): Element

test('the tap tells the DOM as it is', async (t) => {
  const open = await start(t)
  for (const [what, html, change, told = {}] of changes) {
    await t.test(what, async () => {
      const page = await open(html)
      await page.evaluate(() => {
        const byId = (id: string) => document.getElementById(id)!
        const [first, second] = [document.querySelector('p'), byId('p')]
        Object.assign(globalThis, { a: () => byId('a'), b: () => byId('b'), p: () => second, p2: () => first, tap: new Tapped() })
        tap.finish()
        tap.reader.counts.clear()
      })
      await page.evaluate(change)
      const kinds = Object.keys(told) as (keyof typeof OPS)[]
      const { difference, counts } = await page.evaluate((ops) => {
        tap.finish()
        return { difference: tap.difference(), counts: ops.map((op) => tap.count(op)) }
      }, kinds.map((kind) => OPS[kind]))
      assert.equal(difference, undefined)
      assert.deepEqual(counts, kinds.map((kind) => told[kind]), kinds.join(', '))
      await page.close()
    })
  }
})

test('and so it does whatever happens', async (t) => {
  const open = await start(t)
  const page = await open('<!doctype html><body>')
  for (const [what, options] of [
    ['where everything is shown', {}],
    ['with frames', { hasFrames: true }],
    ['where all is masked but what is said not to be', { level: 3 }],
    ['where nothing is shown that is said to be', { level: 3, isLocked: true }],
  ] as [string, Partial<RandomRun>][]) {
    await t.test(what, async () => {
      for (let seed = 1; seed <= 25; seed++) {
        const difference = await page.evaluate((run) => random(run), { seed, nodes: 150 + (seed % 7) * 60, rounds: 30, ...options })
        assert.equal(difference, undefined)
      }
    })
  }
})

test('frames', async (t) => {
  const open = await start(t)
  const page = await open('<!doctype html><body><div id="a"></div><iframe id="f" src="/one"></iframe>')
  await page.evaluate(() => { (globalThis as Global).tap = new Tapped({ hasFrames: true }) })
  const isTold = async (what: string): Promise<void> =>
    assert.equal(await page.evaluate(() => { tap.finish(); return tap.difference() }), undefined, what)
  const loaded = (change: () => void): Promise<void> =>
    page.evaluate(`new Promise((resolve) => { document.addEventListener('load', () => resolve(), { capture: true, once: true }); (${String(change)})() })`)
  const texts = (): Promise<string> => page.evaluate(() => document.querySelector('iframe')?.contentDocument?.body.textContent ?? '')

  await isTold('as it was found')
  assert.match(await texts(), /one/)
  await page.evaluate(() => { const { contentDocument } = document.querySelector('iframe')!; contentDocument!.body.append(contentDocument!.createElement('b'), 'more') })
  await isTold('what happens in it')
  await loaded(() => { document.querySelector('iframe')!.contentWindow!.location.reload() })
  await isTold('loaded again')
  await loaded(() => { document.querySelector('iframe')!.src = '/two' })
  assert.match(await texts(), /two/)
  await isTold('another document')
  await page.evaluate(() => { document.querySelector('iframe')!.contentDocument!.body.append('in the second') })
  await isTold('what happens in that')
  await loaded(() => { document.getElementById('a')!.append(document.querySelector('iframe')!) })
  await isTold('moved, which loads it again')
  await loaded(() => { document.querySelector('iframe')!.srcdoc = '<p id=s>srcdoc</p>' })
  assert.match(await texts(), /srcdoc/)
  await isTold('a document of its own text')
  await page.evaluate(() => {
    const host = document.querySelector('iframe')!.contentDocument!.getElementById('s')!
    host.attachShadow({ mode: 'open' }).append('in a shadow tree of the frame')
  })
  await isTold('a shadow tree there')
  await loaded(() => { document.querySelector('iframe')!.removeAttribute('srcdoc'); document.querySelector('iframe')!.src = 'http://other.test/' })
  await isTold('another origin')
  await page.evaluate(() => {
    for (let count = 0; count < 3; count++) document.body.append(Object.assign(document.createElement('iframe'), { src: '/gone' }))
    document.querySelectorAll('body > iframe').forEach((frame) => frame.remove())
  })
  await isTold('removed before it loads')
  await loaded(() => { document.body.append(document.createElement('iframe')) })
  await isTold('about:blank')
})

test('large and deep pages are told in slices', async (t) => {
  const open = await start(t)
  const page = await open('<!doctype html><body>')
  await t.test('a tree of 20,000 levels', async () => {
    const deep = await page.evaluate(() => {
      let at: Element = document.body
      for (let level = 0; level < 20_000; level++) at = at.appendChild(document.createElement('div'))
      const tapped = new Tapped()
      while (!tapped.slice(5));
      document.body.firstElementChild!.append('below')
      at.append('deep')
      tapped.finish()
      tapped.mutations.stop()
      document.body.replaceChildren()
      let levels = 0
      for (let node = tapped.reader.root; node; node = node.children.at(-1)?.kind === '#text' ? node.children.at(-2) : node.children.at(-1)) levels++
      return { levels, texts: tapped.count(2), slices: tapped.slices, faults: tapped.faults.map(String) }
    })
    assert.deepEqual({ ...deep, slices: deep.slices > 1 }, { levels: 20_003, texts: 2, slices: true, faults: [] })
  })
  await t.test('400,000 nodes, while some of them go', async () => {
    const many = await page.evaluate(async () => {
      const list = document.body.appendChild(document.createElement('ul'))
      list.innerHTML = '<li><b>x</b></li>'.repeat(133_000)
      const items = [...list.children]
      const tapped = new Tapped()
      while (!tapped.slice(5)) {
        // The one it has come to, as like as not.
        for (let count = 0; count < 20; count++) items[Math.floor(tapped.ids.count / 3) - count]?.remove()
        await Promise.resolve()
      }
      const { longestMs, slices } = tapped
      const isTold = tapped.reader.root!.children[1]!.children[1]!.children[0]!.children.length === list.childNodes.length
      list.remove()
      tapped.finish()
      return { longestMs, isInSlices: slices > 20, isTold, faults: tapped.faults.map(String), difference: tapped.difference() }
    })
    // A busy machine stops a slice now and then; a walk that does not rest takes seconds.
    assert.ok(many.longestMs < 500, `a slice took ${many.longestMs} ms`)
    assert.deepEqual({ ...many, longestMs: 0 }, { longestMs: 0, isInSlices: true, isTold: true, faults: [], difference: undefined })
  })
})

test('what was removed is not kept', async (t) => {
  const open = await start(t, ['--js-flags=--expose-gc'])
  const page = await open('<!doctype html><body><div id="a"></div>')
  const left = await page.evaluate(async () => {
    const tapped = new Tapped({ hasFrames: true })
    const references: WeakRef<object>[] = []
    const make = (): void => {
      const host = document.createElement('div')
      host.innerHTML = '<p class="x">x</p><style>p {}</style>'
      const root = host.attachShadow({ mode: 'open' })
      root.innerHTML = '<b>in the tree</b>'
      const frame = document.createElement('iframe')
      document.getElementById('a')!.append(host, frame)
      references.push(...[host, root, root.firstChild!, host.firstChild!, frame, frame.contentDocument!].map((one) => new WeakRef(one)))
      tapped.finish()
      host.className = 'changed'
      host.firstElementChild!.firstChild!.nodeValue = 'changed'
      root.firstElementChild!.className = 'changed'
    }
    for (let count = 0; count < 20; count++) make()
    document.getElementById('a')!.replaceChildren()
    await Promise.resolve()
    tapped.finish()
    for (let round = 0; round < 10 && references.some((one) => one.deref()); round++) {
      await gc({ execution: 'async' })
    }
    return { left: references.filter((one) => one.deref()).length, difference: tapped.difference() }
  })
  assert.deepEqual(left, { left: 0, difference: undefined })
})

test('batches wait for the page, but not long', async (t) => {
  const open = await start(t)
  const page = await open('<!doctype html><body>')
  const batches = await page.evaluate(async () => {
    document.body.innerHTML = '<p class="x">x</p>'.repeat(40_000)
    const tapped = new Tapped({ isBatched: true })
    const handed = async (count: number): Promise<void> => {
      while (tapped.handedOver.length < count) await new Promise((resolve) => { setTimeout(resolve) })
    }
    const startMs = performance.now()
    await handed(1)
    const first = performance.now() - startMs
    while (tapped.batches!.isBusy) await handed(tapped.handedOver.length + 1)
    const walk = tapped.handedOver.length
    for (let round = 0; round < 5; round++) {
      document.body.append('more')
      await handed(walk + round + 1)
    }
    const gaps = tapped.handedOver.slice(walk).map(([atMs, baseMs]) => atMs - baseMs)
    return { first, walk, least: Math.min(...gaps), difference: tapped.difference() }
  })
  assert.ok(batches.walk > 3, `${batches.walk} slices`)
  assert.ok(batches.first >= 15 && batches.least >= 15, `${batches.first} ms, ${batches.least} ms`)
  assert.equal(batches.difference, undefined)
})

test('a page that has broken its own browser', async (t) => {
  const open = await start(t)
  await t.test('zone.js sees nothing of the tap', async () => {
    const page = await open(PAGE, { before: async (page) => void (await page.addScriptTag({ path: join(places.packages, 'zone.js/bundles/zone.umd.min.js') })) })
    const tasks = await page.evaluate(async () => {
      type Zones = { current: { fork(spec: object): { run(inside: () => void): void } } }
      const seen: string[] = []
      const { Zone } = globalThis as unknown as { Zone: Zones }
      const zone = Zone.current.fork({
        name: 'app',
        onScheduleTask(delegate: { scheduleTask(target: unknown, task: unknown): unknown }, _: unknown, target: unknown, task: { source: string }) {
          seen.push(task.source)
          return delegate.scheduleTask(target, task)
        },
      })
      zone.run(() => { (globalThis as Global).tap = new Tapped({ isBatched: true }) })
      document.getElementById('a')!.append('more')
      while (tap.handedOver.length < 2) {
        await new Promise((resolve) => { (globalThis as Global)['__zone_symbol__setTimeout'] ? (globalThis as unknown as { __zone_symbol__setTimeout: typeof setTimeout }).__zone_symbol__setTimeout(resolve, 1) : setTimeout(resolve, 1) })
        document.getElementById('b')!.append('more')
      }
      tap.finish()
      return { seen, difference: tap.difference() }
    })
    assert.deepEqual(tasks, { seen: [], difference: undefined })
  })
  await t.test('methods and getters of its own', async () => {
    const page = await open(PAGE)
    const result = await page.evaluate(() => {
      const tapped = new Tapped()
      const calls: string[] = []
      const { firstChild, childNodes } = Object.getOwnPropertyDescriptors(Node.prototype)
      Object.defineProperty(Node.prototype, 'firstChild', { configurable: true, get() { calls.push('firstChild'); return null } })
      Object.defineProperty(Element.prototype, 'shadowRoot', { configurable: true, get() { calls.push('shadowRoot'); throw new Error('no') } })
      Element.prototype.getAttributeNames = () => { calls.push('getAttributeNames'); throw new Error('no') }
      Function.prototype.call = () => { calls.push('call'); throw new Error('no') }
      document.body.insertAdjacentHTML('beforeend', '<section><div>x</div></section>')
      tapped.slice(1_000)
      delete (Function.prototype as Partial<typeof Function.prototype>).call
      Object.defineProperties(Node.prototype, { firstChild, childNodes })
      return { calls, elements: tapped.count(1), faults: tapped.faults.map(String) }
    })
    // Html, head, body, four on the page and two of the section.
    assert.deepEqual(result, { calls: [], elements: 3 + 4 + 2, faults: [] })
  })
  await t.test('nothing of the tap is left when it stops', async () => {
    const page = await open(PAGE)
    const isSame = await page.evaluate(() => {
      const { attachShadow } = Element.prototype
      const tapped = new Tapped()
      tapped.finish()
      const isPatched = Element.prototype.attachShadow !== attachShadow
      const { name, length } = Element.prototype.attachShadow
      tapped.mutations.stop()
      const told = tapped.ids.count
      document.body.append('after')
      tapped.mutations.proceed(performance.now() + 1_000)
      return { isPatched, name, length, isBack: Element.prototype.attachShadow === attachShadow, more: tapped.ids.count - told }
    })
    assert.deepEqual(isSame, { isPatched: true, name: 'attachShadow', length: 1, isBack: true, more: 0 })
  })
})
