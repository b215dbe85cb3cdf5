// Style sheets as the observers of replay tell them, in a real document.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Op } from '../../../js-loader/src/replay/ops.ts'
import { eventually } from '../harness/eventually.ts'
import { startObservers, STRICT, type ObservedPage, type RecordedWindow, type Told } from '../harness/observers.ts'


/** Sheets as they are in the end: rules by sheet, sheets by node. */
class Sheets {
  readonly rules = new Map<number, string[]>()
  readonly media = new Map<number, string[]>()
  readonly disabled = new Map<number, boolean>()
  readonly attached = new Map<number, number[]>()

  add(told: Told[]): this {
    for (const { op, words, texts } of told) {
      const [first = 0, second = 0, rules = 0] = words
      if (op === Op.Sheet) {
        this.media.set(first, texts.slice(rules))
        this.rules.set(first, texts.slice(0, rules))
        this.disabled.set(first, second === 1)
      } else if (op === Op.AttachSheets) {
        assert.ok(words.slice(2).every((sheet) => this.rules.has(sheet)), 'a sheet is told before it is attached')
        this.attached.set(first, words.slice(2))
      } else if (op === Op.RuleInserted) this.rules.get(first)?.splice(second, 0, texts[0] as string)
      else if (op === Op.RuleDeleted) this.rules.get(first)?.splice(second, 1)
    }
    return this
  }

  /** Rules of all sheets of a node. */
  of(node: number): string[] {
    return (this.attached.get(node) ?? []).flatMap((sheet) => this.rules.get(sheet) ?? [])
  }
}

test('replay tells style sheets', async (t) => {
  const open = await startObservers(t)
  const sheetsOf = async (page: ObservedPage, into = new Sheets()): Promise<Sheets> => into.add(await page.take())

  await t.test('inline and linked, with what they import', async () => {
    const page = await open(
      `<link id="l" rel="stylesheet" href="/a.css" media="screen"><style id="s">@import "/b.css" print; p { color: red }</style>
       <link id="cors" rel="stylesheet" href="http://cdn.test/c.css" crossorigin><link id="other" rel="stylesheet" href="http://cdn.test/d.css"><p>x</p>`,
      {
        files: {
          '/a.css': 'a { color: blue; background: url(img.png) } @media (min-width: 1px) { i { color: red } }',
          '/b.css': '@import "/e.css" layer(base) supports(display: grid); b { color: green }',
          '/e.css': 'u { color: black }',
          'http://cdn.test/c.css': { body: 's { color: white }', type: 'text/css', headers: { 'access-control-allow-origin': '*' } },
          'http://cdn.test/d.css': 'q { color: grey }',
        },
      },
    )
    const sheets = await sheetsOf(page)
    const [linked, inline] = [sheets.of(await page.id('#l')), sheets.of(await page.id('#s'))]
    assert.equal(linked.length, 2)
    assert.match(linked[0] as string, /^a \{ color: blue; .*url\("http:\/\/page\.test\/img\.png"\).*\}$/)
    assert.deepEqual(inline[1], 'p { color: red; }')
    assert.equal(inline[0], '@media print{@layer base{@supports (display: grid){@media all{u { color: black; }}}}b { color: green; }}')
    assert.deepEqual(sheets.of(await page.id('#cors')), ['s { color: white; }'])
    assert.deepEqual(sheets.of(await page.id('#other')), [], 'another site’s sheet cannot be read')
    assert.deepEqual(sheets.media.get(sheets.attached.get(await page.id('#l'))?.[0] as number), ['screen'])
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('rules inserted and deleted, also in groups and nested ones', async () => {
    const page = await open('<style id="s">a { color: red } @media (min-width: 1px) { @supports (display: grid) { b { color: red } } }</style>')
    const sheets = await sheetsOf(page)
    await page.page.evaluate(() => {
      const { sheet } = document.querySelector('style') as HTMLStyleElement
      const css = sheet as CSSStyleSheet
      css.insertRule('i { color: blue }')
      css.insertRule('u { color: blue }', 2)
      css.deleteRule(1)
      const media = css.cssRules[2] as CSSMediaRule
      ;(media.cssRules[0] as CSSSupportsRule).insertRule('s { color: green }', 1)
      ;(css.cssRules[0] as CSSStyleRule).style.color = 'black'
      css.addRule('q', 'color: white')
    })
    const id = await page.id('#s')
    await sheetsOf(page, sheets)
    const expected = await page.page.evaluate(() => Array.from((document.querySelector('style') as HTMLStyleElement).sheet?.cssRules ?? [], (rule) => rule.cssText))
    const plain = (rules: string[]): string[] => rules.map((rule) => rule.replace(/;?\s+|;(?= *\})/g, ' ').trim())
    assert.deepEqual(plain(sheets.of(id)), plain(expected))
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('each change by itself, where there are few', async () => {
    const page = await open('<style id="s">a { color: red } @media (min-width: 1px) { b { color: red } }</style>')
    await page.take()
    await page.page.evaluate(() => {
      const css = (document.querySelector('style') as HTMLStyleElement).sheet as CSSStyleSheet
      css.insertRule('i { color: blue }', 1)
      css.deleteRule(0)
      ;(css.cssRules[1] as CSSMediaRule).insertRule('u { color: blue }')
    })
    const told = (await page.take()).filter(({ op }) => op >= Op.Sheet && op <= Op.RuleDeleted)
    assert.deepEqual(told.map(({ op, words }) => [op, words[1]]), [[Op.RuleDeleted, 1], [Op.RuleDeleted, 0], [Op.RuleInserted, 0], [Op.RuleInserted, 1]])
  })

  await t.test('a storm of rules is told as one sheet', async () => {
    const page = await open('<style id="s"></style>')
    const sheets = await sheetsOf(page)
    await page.page.evaluate(() => {
      const css = (document.querySelector('style') as HTMLStyleElement).sheet as CSSStyleSheet
      for (let index = 0; index < 2_000; index++) css.insertRule(`.c${index} { width: ${index}px }`, index)
    })
    const told = [...(await page.told(Op.Sheet))]
    assert.equal(told.length, 1)
    sheets.add(told)
    const [rules = []] = [...sheets.rules.values()]
    assert.equal(rules.length, 2_000)
  })

  await t.test('adopted ones, assigned and pushed, shared and replaced', async () => {
    const page = await open('<div id="host"></div>', {
      before() {
        const shared = new CSSStyleSheet()
        shared.replaceSync('a { color: red }')
        Object.assign(window, { shared })
        document.adoptedStyleSheets = [shared]
        const root = (document.getElementById('host') as Element).attachShadow({ mode: 'open' })
        root.innerHTML = '<style>i { color: blue }</style><i>x</i>'
        root.adoptedStyleSheets = [shared]
      },
    })
    const sheets = await sheetsOf(page)
    const ids = await page.page.evaluate(() => {
      const { recorded } = window as unknown as { recorded: { ids: { of(node: Node): number } } }
      const root = document.getElementById('host')?.shadowRoot as ShadowRoot
      return [document, root, root.firstChild as Node].map((node) => recorded.ids.of(node))
    })
    const [documentId = 0, rootId = 0, styleId = 0] = ids
    assert.deepEqual(sheets.attached.get(documentId), sheets.attached.get(rootId), 'the same sheet')
    assert.deepEqual([sheets.of(rootId), sheets.of(styleId)], [['a { color: red; }'], ['i { color: blue; }']])
    await page.page.evaluate(async () => {
      const { shared } = window as unknown as { shared: CSSStyleSheet }
      const pushed = new CSSStyleSheet()
      pushed.replaceSync('b { color: red }')
      document.adoptedStyleSheets.push(pushed)
      ;(document.getElementById('host')?.shadowRoot as ShadowRoot).adoptedStyleSheets.push(pushed)
      await shared.replace('u { color: green }')
    })
    await sheetsOf(page, sheets)
    assert.deepEqual([sheets.of(documentId), sheets.of(rootId)], [['u { color: green; }', 'b { color: red; }'], ['u { color: green; }', 'b { color: red; }']])
    await page.page.evaluate(() => {
      const { shared } = window as unknown as { shared: CSSStyleSheet }
      shared.replaceSync('')
      ;(document.getElementById('host')?.shadowRoot as ShadowRoot).adoptedStyleSheets = []
    })
    await sheetsOf(page, sheets)
    assert.deepEqual([sheets.of(documentId), sheets.of(rootId)], [['b { color: red; }'], []])
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('what becomes of a link: loaded late, disabled, for other media, replaced', async () => {
    const page = await open('<link id="l" rel="preload" as="style" href="/a.css"><style id="s">p { color: red }</style>', { files: { '/a.css': 'a { color: red }', '/b.css': 'b { color: red }' } })
    const sheets = await sheetsOf(page)
    await page.page.evaluate(() => { (document.getElementById('l') as HTMLLinkElement).rel = 'stylesheet' })
    sheets.add(await page.told(Op.Sheet))
    const link = await page.id('#l')
    assert.notEqual(link, 0)
    await sheetsOf(page, sheets)
    await page.page.evaluate(() => {
      (document.getElementById('s') as HTMLStyleElement).media = 'print'
      ;(document.getElementById('s') as HTMLStyleElement).disabled = true
      ;(document.getElementById('l') as HTMLLinkElement).disabled = true
    })
    await sheetsOf(page, sheets)
    const style = await page.id('#s')
    const [number = 0] = sheets.attached.get(style) ?? []
    assert.deepEqual([sheets.media.get(number), sheets.disabled.get(number)], [['print'], true])
    assert.deepEqual(sheets.of(link), [])
    await page.page.evaluate(() => { (document.getElementById('s') as HTMLStyleElement).textContent = 'q { color: green }' })
    await sheetsOf(page, sheets)
    assert.deepEqual(sheets.of(style), ['q { color: green; }'])
  })

  await t.test('a text where the browser’s own rules lost something', async () => {
    const page = await open('<style id="s">:root { --b: red } a { background: var(--b); background-color: blue }</style>')
    const sheets = await sheetsOf(page)
    assert.match(sheets.of(await page.id('#s')).join(), /background: var\(--b\); background-color: blue/)
    await page.page.evaluate(() => { (document.querySelector('style') as HTMLStyleElement).sheet?.insertRule('i { color: red }', 1) })
    await sheetsOf(page, sheets)
    assert.equal(sheets.of(await page.id('#s'))[1], 'i { color: red; }', 'its rules by number, once one is inserted')
  })

  await t.test('attributes are told again once a sheet asks for what they hold', async () => {
    const page = await open('<p id="p" class="card"></p>', { policy: STRICT })
    await page.take()
    await page.page.evaluate(() => document.head.append(Object.assign(document.createElement('style'), { textContent: '.card { color: red }' })))
    const [told] = await page.told(Op.Attribute)
    assert.deepEqual([told?.words[0], told?.texts.at(-1)], [await page.id('#p'), 'card'])
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('the page’s calls throw and return what they did, and are the browser’s own after stop', async () => {
    const page = await open('<style>a { color: red }</style>')
    const during = await page.page.evaluate(async () => {
      const { outcome, replaced } = window as unknown as RecordedWindow
      const css = (document.querySelector('style') as HTMLStyleElement).sheet as CSSStyleSheet
      return {
        ...replaced(),
        outcomes: [
          await outcome(() => css.insertRule('i { color: blue }', 1)),
          await outcome(() => css.insertRule('}', 0)),
          await outcome(() => css.insertRule('a { color: red }', 99)),
          await outcome(() => css.deleteRule(99)),
          await outcome(() => css.insertRule.call({} as CSSStyleSheet, 'a {}')),
          await outcome(() => css.replaceSync('a {}')),
          await outcome(() => css.replace('a {}')),
          await outcome(() => { document.adoptedStyleSheets = [css] }),
          await outcome(() => Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call({}, 'x')),
          await outcome(() => document.createElement('dialog').showModal()),
        ],
      }
    })
    assert.deepEqual(during.visible, [])
    assert.ok(during.members.length > 20, `${during.members.length} members are ours meanwhile`)
    assert.deepEqual(during.outcomes, ['1', 'SyntaxError', 'IndexSizeError', 'IndexSizeError', 'TypeError', 'NotAllowedError', 'NotAllowedError', 'NotAllowedError', 'TypeError', 'InvalidStateError'])
    // Nobody handles this one: the page hears of it as if we were not there.
    await page.page.evaluate(() => { void (document.querySelector('style')?.sheet as CSSStyleSheet).replace('a {}') })
    await eventually('the rejection is the page’s', () => assert.match(page.errors.join(), /replace/))
    assert.deepEqual(await page.faults(), [])
    const after = await page.page.evaluate(() => {
      const { recorded, replaced } = window as unknown as RecordedWindow
      recorded.stop()
      return replaced()
    })
    assert.deepEqual(after, { members: [], visible: [] })
  })
})
