// The selector of an element, as actions and vitals carry it, in a real document.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import ts from 'typescript'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { findChromium, places } from '../harness/places.ts'

/** The element is the one with the attribute `it`. */
const cases: readonly [what: string, html: string, selector: string | undefined][] = [
  ['a stable attribute comes first', '<button it id="refill" class="primary" data-testid="refill-button">x</button>', 'BUTTON[data-testid="refill-button"]'],
  ['then the id', '<button it id="refill" class="primary">x</button>', '#refill'],
  ['then a class', '<button it class="css-1x primary">x</button><button>y</button>', 'BUTTON.primary'],
  ['then the tag', '<p>x</p><button it>x</button>', 'BUTTON'],
  ['then the position', '<p>x</p><button>x</button><button it>x</button>', 'BUTTON:nth-of-type(2)'],
  ['levels are added until it is unique', '<ul id="claims"><li>a<li it>b</ul><ul><li>c<li>d</ul>', '#claims>LI:nth-of-type(2)'],
  ['ids and classes with digits are left out', '<i id="patient-10442" class="row-7" it></i><i></i>', 'I:nth-of-type(1)'],
  ['so are record numbers and addresses in stable attributes', '<i data-testid="claim-10442" data-cy="ann@example.org" it></i>', 'I'],
  ['but not small numbers and files', '<i data-testid="step-2" it></i>', 'I[data-testid="step-2"]'],
  ['a value cannot end the selector', '<i data-testid="a&quot;] b" it></i>', 'I'],
  ['a custom element with a dot in its name', '<my-a.b it></my-a.b>', 'MY-A\\.B'],
  ['what is hidden has none', '<div data-dd-privacy="hidden"><button it id="refill">x</button></div>', undefined],
  ['fields that hide methods of their form', '<form><input name="closest"><button it>x</button></form>', 'BUTTON'],
  ['a form whose methods are hidden has none', '<form it><input name="closest"></form>', undefined],
]

test('selectors find elements and tell nothing', async (t) => {
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  t.after(() => browser.close())
  const page = await browser.newPage()
  const source = await readFile(join(places.loader, 'browser/selector.ts'), 'utf8')
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } })
  await page.addScriptTag({ content: `{ const exports = window; ${outputText} }` })
  const show = (html: string): Promise<void> => page.evaluate((text) => { document.body.innerHTML = text }, html)
  const selector = (): Promise<{ found: string | undefined; finds: boolean }> =>
    page.evaluate(() => {
      const element = document.querySelector('[it]') as Element
      const found = (window as unknown as { selectorOf(element: Element): string | undefined }).selectorOf(element)
      return { found, finds: found !== undefined && document.querySelector(found) === element }
    })

  for (const [what, html, expected] of cases) {
    await t.test(what, async () => {
      await show(html)
      assert.deepEqual(await selector(), { found: expected, finds: expected !== undefined })
    })
  }

  await t.test('an element that is gone has none', async () => {
    const gone = await page.evaluate(() => (window as unknown as { selectorOf(element: Element): string | undefined }).selectorOf(document.createElement('p')))
    assert.equal(gone, undefined)
  })

  await t.test('shadow roots are entered by name', async () => {
    const inside = await page.evaluate(() => {
      document.body.innerHTML = '<div id="host"></div>'
      const root = (document.getElementById('host') as Element).attachShadow({ mode: 'open' })
      root.innerHTML = '<p>x</p><button>y</button>'
      return (window as unknown as { selectorOf(element: Element): string | undefined }).selectorOf(root.querySelector('button') as Element)
    })
    assert.equal(inside, '#host::shadow BUTTON')
  })

  await t.test('it is bounded in length and in time', async () => {
    await show(`${'<div class="an-ordinary-wrapper"><div></div>'.repeat(400)}<i it></i>${'<b></b>'.repeat(20_000)}<div><i></i></div>`)
    const { length, took_ms } = await page.evaluate(() => {
      const start = performance.now()
      const found = (window as unknown as { selectorOf(element: Element): string }).selectorOf(document.querySelector('[it]') as Element)
      return { length: found.length, took_ms: performance.now() - start }
    })
    assert.ok(length <= 300, `${length} characters`)
    assert.ok(took_ms < 100, `${took_ms} ms`)
  })
})
