// What is recorded of elements, attributes and fields, in a real document.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { findChromium } from '../harness/places.ts'
import { scriptOf } from '../harness/secrets/bundle.ts'
import type { Told } from '../harness/secrets/privacy-in-page.ts'

type Expected = Partial<Told>
type Case = [what: string, html: string, level: string, expected: Expected, options?: { isLocked?: boolean }]

/** The element is the one with the attribute `it`. */
const levels: readonly Case[] = [
  ['what says nothing has the level of the page', '<p it>Jane</p>', 'mask', { level: 'mask', text: 'xxxx' }],
  ['an attribute of ours', '<p it data-rum-privacy="allow">Jane</p>', 'mask', { level: 'allow', text: 'Jane' }],
  ['an attribute of Datadog', '<p it data-dd-privacy="mask-user-input">Jane</p>', 'mask', { level: 'mask-user-input', text: 'Jane' }],
  ['a class of Datadog', '<p it class="a dd-privacy-allow b">Jane</p>', 'mask', { level: 'allow' }],
  ['a class behind a line break', '<p it class="a\ndd-privacy-hidden">Jane</p>', 'allow', { level: 'hidden', fate: 'boxed' }],
  ['a class that only ends so', '<p it class="no-dd-privacy-allow">Jane</p>', 'mask', { level: 'mask' }],
  ['two classes that say one', '<p it class="dd-privacy-allow dd-privacy-mask">Jane</p>', 'allow', { level: 'hidden' }],
  ['the nearest wins', '<div data-dd-privacy="mask"><p data-dd-privacy="allow"><i it>Jane</i></p></div>', 'mask', { level: 'allow' }],
  ['nothing is shown again in what is hidden', '<div data-dd-privacy="hidden"><p data-dd-privacy="allow"><i it data-rum-privacy="allow">Jane</i></p></div>', 'allow', { level: 'hidden' }],
  ['a level that is none hides', '<p it data-dd-privacy="alow">Jane</p>', 'allow', { level: 'hidden' }],
  ['so does one without a name', '<p it data-dd-privacy="">Jane</p>', 'allow', { level: 'hidden' }],
  ['and one in capitals', '<p it data-dd-privacy="ALLOW">Jane</p>', 'allow', { level: 'hidden' }],
  ['an element that cannot be asked is hidden', '<form it class="dd-privacy-allow"><input name="getAttribute"></form>', 'allow', { level: 'hidden' }],
  ['the level crosses into shadow trees', '<div id="host" data-dd-privacy="allow"><template shadowrootmode="open"><p it>Jane</p></template></div>', 'mask', { level: 'allow' }],
  ['locked, attributes can hide', '<p it data-dd-privacy="mask">Jane</p>', 'mask-user-input', { level: 'mask' }, { isLocked: true }],
  ['locked, they cannot show', '<p it data-dd-privacy="allow">Jane</p>', 'mask', { level: 'mask' }, { isLocked: true }],
  ['locked, they cannot show what they hid', '<div data-dd-privacy="mask"><p it data-dd-privacy="mask-user-input">Jane</p></div>', 'mask-user-input', { level: 'mask' }, { isLocked: true }],
]

const elements: readonly Case[] = [
  ['script', '<script it type="text/plain">Jane</script>', 'allow', { fate: 'left' }],
  ['noscript', '<noscript it>Jane</noscript>', 'allow', { fate: 'left' }],
  ['template', '<template it>Jane</template>', 'allow', { fate: 'left' }],
  ['meta', '<meta it name="a" content="Jane">', 'allow', { fate: 'left' }],
  ['title', '<title it>Jane</title>', 'allow', { fate: 'left' }],
  ['the title of a drawing', '<svg><title it>Jane</title></svg>', 'allow', { fate: 'left' }],
  ['a link that is no style sheet', '<link it rel="canonical" href="/a">', 'allow', { fate: 'left' }],
  ['a link that is one', '<link it rel="alternate stylesheet" href="/a?q=1" title="Jane">', 'mask', { fate: 'shown', attributes: { rel: '' } }],
  ['a picture that is masked', '<img it alt="Jane" src="/a.png">', 'mask', { fate: 'boxed' }],
  ['a picture beside masked input', '<img it alt="Jane" src="/claims/10442.png?q=1">', 'mask-user-input', { fate: 'shown', attributes: { alt: 'Jane', src: 'http://127.0.0.1/claims/*' } }],
  ['a picture of a page that is shown', '<img it src="/claims/10442.png?q=1#2">', 'allow', { attributes: { src: 'http://127.0.0.1/claims/10442.png' } }],
  ['a canvas', '<canvas it width="10" height="10" title="Jane"></canvas>', 'mask', { fate: 'shown', attributes: { width: '10', height: '10' } }],
]

const attributes: readonly Case[] = [
  ['names that no sheet asks for', '<p it class="jane doe" id="roe" data-of="jane" jane="1"></p>', 'mask', { attributes: {} }],
  ['names that one asks for', '<p it class="jane known" id="asked" data-state="open" data-other="jane"></p>', 'mask', { attributes: { class: 'known', id: 'asked', 'data-state': 'open', 'data-other': '' } }],
  ['all names where the page is shown', '<p it class="jane  doe" id="roe-10442" data-of="jane" jane="1"></p>', 'allow', { attributes: { class: 'jane  doe', id: 'roe-10442', 'data-of': 'jane' } }],
  ['measures', '<td it width="50%" height="20" colspan="2" rowspan="2" bgcolor="#fff"></td>', 'mask', { attributes: { width: '50%', height: '20', colspan: '2', rowspan: '2', bgcolor: '#fff' } }],
  ['what is no measure', '<td it width="Jane" height="10 Jane" colspan="917420017" rowspan="917-42" bgcolor="Jane"></td>', 'mask', { attributes: { width: '', height: '', colspan: '', rowspan: '', bgcolor: '' } }],
  ['words of the language', '<p it dir="rtl" hidden="until-found" align="Jane"></p>', 'mask', { attributes: { dir: 'rtl', hidden: 'until-found', align: '' } }],
  ['switches', '<button it disabled="Jane" type="Jane"></button>', 'mask', { attributes: { disabled: '', type: 'submit' } }],
  ['states for those who do not see', '<p it aria-expanded="true" aria-label="Jane" role="button"></p>', 'mask', { attributes: {} }],
  ['labels', '<p it title="Jane" aria-label="Jane"></p>', 'mask-user-input', { attributes: { title: 'Jane' } }],
  ['a link', '<a it href="/claims/10442?q=1" target="Jane" ping="/p" download="Jane"></a>', 'mask', { attributes: { href: '' } }],
  ['a link of a page that is shown', '<a it href="/claims/10442?q=1#a" ping="/p" onclick="Jane()"></a>', 'allow', { attributes: { href: 'http://127.0.0.1/claims/10442' } }],
  ['a link to a script', '<a it href="javascript:Jane()"></a>', 'allow', { attributes: { href: '' } }],
  ['what is never told', '<iframe it srcdoc="Jane" nonce="Jane" onload="Jane()" integrity="Jane"></iframe>', 'allow', { attributes: {} }],
  ['sets of pictures', '<img it srcset="/a.png?q=1, /b,c.png 2x, /d.png#1 Jane,/e.png 3x">', 'allow', { attributes: { srcset: 'http://127.0.0.1/a.png, http://127.0.0.1/b,c.png 2x, http://127.0.0.1/d.png' } }],
  ['style', '<p it style="width: 10px; --a: 40%; --name: Jane; background: url(/a?q=1); color: Jane; font-family: Jane; view-transition-name: Jane; note: Jane /* Jane */"></p>', 'mask', { attributes: { style: 'width: 10px; --a: 40%; background: url("")' } }],
  ['style that is removed again can be told', '<p it style="note: Jane"></p>', 'mask', { attributes: { style: '' } }],
  ['geometry', '<svg><path it d="M10-5h2.5a1 1 0 0 1 .5.5z" transform="translate(1, 2) rotate(-4.5)" stroke-width="2" fill="red" fill-rule="evenodd"></path></svg>', 'mask',
    { attributes: { d: 'M10-5h2.5a1 1 0 0 1 .5.5z', transform: 'translate(1, 2) rotate(-4.5)', 'stroke-width': '2', fill: 'red', 'fill-rule': 'evenodd' } }],
  ['what is none', '<svg><path it d="M a l a" transform="jane(1)" stroke-width="Jane" fill="var(--a, Jane)" font-family="Jane" jane="1" points="Jane"></path></svg>', 'mask', { attributes: {} }],
  ['units and aspect of drawings', '<svg it viewBox="0 0 24 24" preserveAspectRatio="xMidYMid slice" data-of="Jane"></svg>', 'mask', { attributes: { viewBox: '0 0 24 24', preserveAspectRatio: 'xMidYMid slice' } }],
  ['placeholders take their room', '<input it placeholder="Jane Roe" name="note">', 'mask', { attributes: { placeholder: 'xxxx xxxx' } }],
]

const fields: readonly Case[] = [
  ['what is typed', '<input it value="Jane Roe">', 'mask', { value: 'xxxx xxxx', isChosen: false, attributes: {} }],
  ['what is typed beside texts that are shown', '<input it value="Jane Roe" placeholder="Name">', 'mask-user-input', { value: 'xxxx xxxx', attributes: { placeholder: 'Name' } }],
  ['what is typed where all is shown', '<input it value="Jane Roe">', 'allow', { value: 'Jane Roe', isChosen: true, attributes: { value: 'Jane Roe' } }],
  ['the same, of a mail address', '<input it type="email" value="jane@roe">', 'allow', { level: 'mask', value: 'xxxxxxxx' }],
  ['a button says what it is', '<input it type="submit" value="Save">', 'mask-user-input', { value: 'Save', attributes: { type: 'submit', value: 'Save' } }],
  ['masked, it takes its room', '<input it type="submit" value="Save">', 'mask', { value: 'xxxx', attributes: { type: 'submit', value: 'xxxx' } }],
  ['a choice', '<input it type="checkbox" checked value="Jane">', 'mask', { value: undefined, isChosen: false, attributes: { type: 'checkbox' } }],
  ['a choice that is shown', '<input it type="checkbox" checked value="Jane">', 'allow', { isChosen: true, attributes: { type: 'checkbox', checked: '', value: 'Jane' } }],
  ['an option', '<select><option it value="Jane" selected>Jane</option></select>', 'mask-user-input', { level: 'mask', text: 'xxxx', value: undefined, isChosen: false, attributes: {} }],
  ['a text area', '<textarea it>Jane</textarea>', 'mask-user-input', { level: 'mask', text: 'xxxx', value: 'xxxx' }],
  ['what is written in an editor', '<div contenteditable><p it>Jane</p></div>', 'mask-user-input', { level: 'mask', text: 'xxxx' }],
  ['pasted there with a level of its own', '<div contenteditable><p it data-dd-privacy="mask-user-input">Jane</p></div>', 'mask-user-input', { level: 'mask' }],
  ['an editor that is shown', '<div contenteditable data-dd-privacy="allow"><p it>Jane</p></div>', 'mask', { level: 'allow' }],
  ['what cannot be edited', '<div contenteditable="false"><p it>Jane</p></div>', 'mask-user-input', { level: 'mask-user-input' }],
]

const secrets = ['<input type="password"', '<input type="PASSWORD"', '<input type="hidden"', '<input autocomplete="cc-number"', '<input autocomplete="section-a billing CC-CSC"', '<textarea autocomplete="current-password"',
  '<input autocomplete="one-time-code"', '<input name="memberSSN"', '<input id="card_cvv"', '<input name="iban2"', '<input name="otp"', '<select autocomplete="cc-exp-month"']

test('replay tells only what its level lets it', async (t) => {
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.route('**/*', (route) => route.fulfill({ body: '<!doctype html>', contentType: 'text/html' }))
  await page.goto('http://127.0.0.1/')
  await page.addScriptTag({ content: await scriptOf('privacy-in-page.ts') })
  await page.evaluate("learn('.known, #asked[data-state=\"open\"], [data-other=\"x\"]')")
  const show = (html: string): Promise<void> => page.evaluate((text) => document.body.setHTMLUnsafe(text), html)
  const decide = async (level: string, options = {}): Promise<Told> => page.evaluate(`decide(it(), ${JSON.stringify(level)}, ${JSON.stringify(options)})`)

  for (const [name, cases] of Object.entries({ levels, elements, attributes, fields })) {
    await t.test(name, async (t) => {
      for (const [what, html, level, expected, options] of cases) {
        await t.test(what, async () => {
          // The parser takes cells and options only where they belong.
          await show(html.startsWith('<td') ? `<table><tr>${html}</table>` : html)
          const told = await decide(level, options)
          assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, told[key as keyof Told]])), expected)
        })
      }
    })
  }

  for (const field of secrets) {
    await t.test(`${field}> is never told`, async () => {
      await show(`${field} it data-dd-privacy="allow" value="Jane">`)
      const { level, value, isChosen, attributes } = await decide('allow')
      assert.deepEqual({ level, value, isChosen, told: attributes['value'] }, { level: 'mask', value: undefined, isChosen: false, told: undefined })
    })
  }

  await t.test('a password stays one when it is shown', async () => {
    await show('<input it type="password" value="Jane">')
    await decide('mask')
    await page.evaluate("it().type = 'text'; it().dataset.ddPrivacy = 'allow'")
    const { level, value } = await decide('allow')
    assert.deepEqual({ level, value }, { level: 'mask', value: undefined })
  })

  await t.test('even without any attribute left', async () => {
    await show('<input it type="password" value="Jane">')
    const value = await page.evaluate(`(() => {
      const field = it()
      decide(field, 'mask')
      for (const name of field.getAttributeNames()) field.removeAttribute(name)
      field.value = 'Jane'
      return decide(field, 'allow').value
    })()`)
    assert.equal(value, undefined)
  })

  await t.test('references within a drawing still find what they are for', async () => {
    await show('<svg><defs><filter id="jane" it></filter></defs></svg>')
    const { attributes: { id } } = await decide('mask')
    assert.doesNotMatch(id!, /jane/)
    await show('<svg><g it fill="url(#jane)" filter="url(&quot;#jane&quot;)"></g></svg>')
    assert.deepEqual((await decide('mask')).attributes, { fill: `url(#${id})`, filter: `url(#${id})` })
    await show('<svg><use it href="#jane" xlink:href="#jane"></use></svg>')
    assert.deepEqual((await decide('mask')).attributes, { href: `#${id}`, 'xlink:href': `#${id}` })
  })

  await t.test('slots still get their content', async () => {
    await show('<i it slot="jane"></i>')
    const { attributes: { slot } } = await decide('mask')
    assert.doesNotMatch(slot!, /jane/)
    await show('<slot it name="jane"></slot>')
    assert.deepEqual((await decide('mask')).attributes, { name: slot })
  })
})
