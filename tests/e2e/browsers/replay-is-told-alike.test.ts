// What the observers of replay tell where browsers differ: when a sheet is replaced, when a dialog says that it opened, which
// members are whose. Chromium's scenarios say the rest.

import assert from 'node:assert/strict'
import { Op } from '../../../js-loader/src/replay/ops.ts'
import { inEachBrowser, openUnknown, type Place } from '../harness/browsers/each-browser.ts'
import type { Tab } from '../harness/browsers/browser.ts'
import { eventually } from '../harness/eventually.ts'
import { bundle, OPEN, type RecordedWindow, type Told } from '../harness/observers.ts'

type Page = RecordedWindow & { shared: CSSStyleSheet }

const HTML = `<style id="s">a { color: red } @media (min-width: 1px) { b { color: red } }</style><div id="host"></div><button id="b">x</button><input id="i"><dialog id="d">x</dialog>
  <p popover id="p">x</p><div id="box" style="height:50px;overflow:auto"><p style="height:900px">x</p></div><p>a <span id="line" data-dd-privacy="hidden">inline</span></p><x-late></x-late>`

async function record(place: Place): Promise<Tab> {
  const tab = await openUnknown(place)
  await tab.evaluate((code, html, policy) => {
    document.body.innerHTML = html
    const { shared } = Object.assign(window, { shared: new CSSStyleSheet() })
    shared.replaceSync('i { color: red }')
    document.adoptedStyleSheets = [shared]
    ;(0, eval)(code)
    const page = window as unknown as Page
    page.recorded = page.record(policy as never)
  }, await bundle(), HTML, OPEN as object)
  return tab
}

inEachBrowser('replay is told alike', async (place, t) => {
  const tab = await record(place)
  t.after(() => tab.close())
  const all: Told[] = []
  const until = async (what: string, holds: (told: Told[]) => boolean): Promise<void> => {
    await eventually(what, async () => {
      all.push(...(await tab.evaluate(() => (window as unknown as Page).recorded.take())))
      assert.ok(holds(all), JSON.stringify(all.map(({ op, words, texts }) => [op, ...words, ...texts])))
    }, 10_000)
  }
  const id = (selector: string): Promise<number> => tab.evaluate((text) => (window as unknown as Page).recorded.ids.of(document.querySelector(text)), selector)
  const has = (op: number, ...words: number[]) => (told: Told[]): boolean => told.some((each) => each.op === op && words.every((word, index) => each.words[index] === word))
  const hasRule = (op: number, rule: string) => (told: Told[]): boolean => told.some((each) => each.op === op && each.texts.includes(rule))

  await until('both sheets', (told) => hasRule(Op.Sheet, 'a { color: red; }')(told) && hasRule(Op.Sheet, 'i { color: red; }')(told))
  await until('the size of what stands in a line', has(Op.Size, await id('#line')))
  await tab.evaluate(async () => {
    const css = (document.getElementById('s') as HTMLStyleElement).sheet as CSSStyleSheet
    css.insertRule('u { color: blue }', 1)
    ;(css.cssRules[2] as CSSMediaRule).insertRule('s { color: blue }')
    await (window as unknown as Page).shared.replace('q { color: green }')
  })
  await until('rules inserted and replaced', (told) =>
    hasRule(Op.RuleInserted, 'u { color: blue; }')(told) && hasRule(Op.RuleInserted, 'q { color: green; }')(told) && told.some(({ op, texts }) => op === Op.RuleInserted && /@media[^]*s \{ color: blue; \}/.test(texts.join())))
  await tab.evaluate(() => {
    (document.getElementById('d') as HTMLDialogElement).showModal()
    ;(document.getElementById('d') as HTMLDialogElement).close()
    ;(document.getElementById('p') as HTMLElement).showPopover()
    ;(document.getElementById('box') as Element).scrollTop = 30
    customElements.define('x-late', class extends HTMLElement {})
  })
  const [dialog, popover] = [await id('#d'), await id('#p')]
  await until('layers', (told) => has(Op.TopLayer, dialog, 0)(told) && has(Op.TopLayer, popover, 2)(told))
  const box = await id('#box')
  await until('the scrolled element', (told) => told.some(({ op, words }) => op === Op.Scrolled && words[1] === box && words[3] === 30))
  await until('the defined one', hasRule(Op.Defined, 'x-late'))
  await tab.evaluate(() => { (document.getElementById('p') as HTMLElement).hidePopover() })
  await tab.click('#b')
  await tab.type('#i', 'abc')
  const [button, input] = [await id('#b'), await id('#i')]
  await until('a click', (told) => told.some(({ op, words }) => op === Op.Interaction && words[1] === 2 && words[2] === button && words[5] === 1))
  await until('a text', (told) => told.some(({ op, words, texts }) => op === Op.InputValue && words[0] === input && texts[0] === 'abc'))
  const { faults, during, after } = await tab.evaluate(() => {
    const { recorded, replaced } = window as unknown as Page
    const during = replaced()
    recorded.stop()
    return { faults: recorded.faults, during, after: replaced() }
  })
  assert.deepEqual([faults, during.visible, after], [[], [], { members: [], visible: [] }])
})
