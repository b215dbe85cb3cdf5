// What visitors do and what the browser shows, as the observers of replay tell it, in a real document.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Op } from '../../../js-loader/src/replay/ops.ts'
import { eventually } from '../harness/eventually.ts'
import { places } from '../harness/places.ts'
import { startObservers, STRICT, type ObservedPage, type RecordedWindow, type Told } from '../harness/observers.ts'

const [SELECTED, DESELECTED, INDETERMINATE] = [0, 1, 2]
const [MOUSE_UP, MOUSE_DOWN, CLICK, FOCUS, BLUR] = [0, 1, 2, 5, 6]

/** A second of silence. */
const WAV = `data:audio/wav;base64,${Buffer.concat([Buffer.from('524946464c1f000057415645666d74201000000001000100401f0000401f000001000800646174612823' + '0000', 'hex').subarray(0, 44), Buffer.alloc(8_000, 128)]).toString('base64')}`

const of = (told: Told[], op: number, id?: number): number[][] => told.filter((each) => each.op === op && (id === undefined || each.words.includes(id))).map(({ words }) => words)

test('replay tells form fields', async (t) => {
  const open = await startObservers(t)
  /** The last state told of an element. */
  const state = async (page: ObservedPage, told: Told[], selector: string): Promise<number | string | undefined> => {
    const id = await page.id(selector)
    const last = told.findLast(({ op, words }) => (op === Op.InputSelection || op === Op.InputValue) && words[0] === id)
    return last && (last.op === Op.InputValue ? last.texts[0] : last.words[1])
  }

  await t.test('as they are found', async () => {
    const page = await open(
      `<input id="text" value="a"><input id="empty"><input id="box" type="checkbox" checked><input id="off" type="checkbox"><input id="mixed" type="checkbox">
       <textarea id="area">t</textarea><select id="select"><option id="one">1<option id="two" selected>2</select><input type="password" id="secret" value="s3cret">`,
      { before() { (document.getElementById('mixed') as HTMLInputElement).indeterminate = true } },
    )
    const told = await page.take()
    const states = await Promise.all(['#text', '#empty', '#box', '#off', '#mixed', '#area', '#one', '#two', '#secret'].map((selector) => state(page, told, selector)))
    assert.deepEqual(states, ['a', undefined, SELECTED, undefined, INDETERMINATE, 't', undefined, SELECTED, undefined])
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('as visitors change them', async () => {
    const page = await open(
      `<form><input id="text"><input id="number" type="number"><input type="radio" name="a b]" id="r1" checked><input type="radio" name="a b]" id="r2"></form>
       <input type="radio" name="a b]" id="elsewhere" checked><select id="single"><option id="s1">1<option id="s2">2</select>
       <select id="many" multiple><optgroup label="g"><option id="m1">1</optgroup><option id="m2">2</select>`,
    )
    await page.take()
    await page.page.fill('#text', 'abc')
    await page.page.check('#r2')
    await page.page.selectOption('#single', '2')
    await page.page.selectOption('#many', ['1', '2'])
    await page.page.focus('#number')
    await page.page.keyboard.type('12e')
    const told = await page.take()
    const states = await Promise.all(['#text', '#r1', '#r2', '#elsewhere', '#s1', '#s2', '#m1', '#m2', '#number'].map((selector) => state(page, told, selector)))
    assert.deepEqual(states, ['abc', DESELECTED, SELECTED, undefined, DESELECTED, SELECTED, SELECTED, SELECTED, undefined])
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('as the page sets and resets them', async () => {
    const page = await open(
      `<form id="form"><input name="elements"><input id="text" value="start"><input type="checkbox" id="box"><textarea id="area"></textarea>
       <select id="select"><option id="one">1<option id="two">2</select><input type="radio" name="r" id="r1"><input type="radio" name="r" id="r2"></form>`,
    )
    const first = await page.take()
    assert.equal(await state(page, first, '#text'), 'start')
    await page.page.evaluate(() => {
      const { text, box, area, select, r1, r2 } = window as unknown as Record<string, HTMLInputElement & HTMLSelectElement>
      text!.value = 'set'
      box!.checked = true
      area!.value = 'set, too'
      select!.selectedIndex = 1
      r2!.checked = true
      r1!.checked = true
    })
    const told = await page.take()
    const all = ['#text', '#box', '#area', '#one', '#two', '#r1', '#r2']
    assert.deepEqual(await Promise.all(all.map((selector) => state(page, told, selector))), ['set', SELECTED, 'set, too', DESELECTED, SELECTED, SELECTED, undefined])
    await page.page.evaluate(() => HTMLFormElement.prototype.reset.call(document.querySelector('form') as HTMLFormElement))
    const reset = await page.take()
    assert.deepEqual(await Promise.all(all.map((selector) => state(page, reset, selector))), ['start', DESELECTED, '', SELECTED, DESELECTED, DESELECTED, undefined])
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('where a library stands in for the setters', async () => {
    const page = await open('<input id="tracked">', {
      before() {
        // As React follows a field, with the setter of before we came; and a setter that sets again.
        const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value') as PropertyDescriptor
        const field = document.getElementById('tracked') as HTMLInputElement
        Object.defineProperty(field, 'value', { configurable: true, get: own.get as () => string, set(this: HTMLInputElement, text: string) { own.set?.call(this, `${text}!`) } })
      },
    })
    await page.take()
    await page.page.evaluate(() => {
      const field = document.getElementById('tracked') as HTMLInputElement
      field.value = 'rendered'
      field.setAttribute('value', field.value)
    })
    assert.equal(await state(page, await page.take(), '#tracked'), 'rendered!')
    await page.page.evaluate(() => {
      Object.defineProperty(document.getElementById('tracked'), 'value', { get() { throw new Error('the page’s own') } })
      document.getElementById('tracked')?.setAttribute('value', 'x')
    })
    await page.take()
    assert.deepEqual([await page.faults(), page.errors], [[], []])
  })

  await t.test('without what is typed, by default', async () => {
    const page = await open('<input id="text" value="s3cret"><input type="checkbox" id="box" checked><select><option selected>s3cret</select>', { policy: STRICT })
    await page.page.fill('#text', 's3cret typed')
    await page.page.uncheck('#box')
    const told = await page.take()
    assert.ok(!JSON.stringify(told).includes('s3cret'))
    assert.deepEqual(of(told, Op.InputSelection), [])
  })
})

test('replay tells where the pointer is', async (t) => {
  const open = await startObservers(t)
  const body = 'style="margin:0"'

  await t.test('sampled, and where it came to rest', async () => {
    const page = await open(`<body ${body}><div id="d" style="width:500px;height:500px"></div>`)
    await page.take()
    const told: Told[] = []
    for (let x = 1; x <= 200; x++) {
      await page.page.mouse.move(x, 7)
      if (x % 20 === 0) told.push(...(await page.take()))
    }
    await eventually('the last position is told', async () => {
      told.push(...(await page.take()))
      assert.equal(of(told, Op.PointerMoved).at(-1)?.[2], 200)
    })
    const moves = of(told, Op.PointerMoved)
    const id = await page.id('#d')
    assert.ok(moves.every(([, node, , y, isTouch]) => node === id && y === 7 && isTouch === 0))
    assert.ok(moves.length < 150, `${moves.length} of 200 positions`)
    assert.ok(moves.slice(1).every(([at = 0], index) => at > (moves[index]?.[0] ?? 0)))
  })

  await t.test('clicks, their numbers, and which of them were frustrating', async () => {
    const page = await open(`<body ${body}><button id="b" style="width:100px;height:50px">x</button><div id="host"></div>
      <script>host.attachShadow({ mode: 'open' }).innerHTML = '<i style="display:block;height:50px">x</i>'; addEventListener('click', (event) => { window.clickedAt = event.timeStamp })</script>`)
    await page.take()
    await page.page.mouse.click(10, 20)
    await page.page.evaluate(() => (document.getElementById('b') as HTMLElement).click())
    const told = await page.take()
    const id = await page.id('#b')
    const kinds = of(told, Op.Interaction).filter(([, kind]) => kind !== FOCUS)
    assert.deepEqual(kinds.map(([, ...words]) => words), [[MOUSE_DOWN, id, 10, 20, 0], [MOUSE_UP, id, 10, 20, 0], [CLICK, id, 10, 20, 1]], 'a scripted click is none')
    await page.page.mouse.click(10, 80)
    const inner = await page.page.evaluate(() => (window as unknown as RecordedWindow).recorded.ids.of(document.getElementById('host')?.shadowRoot?.firstChild as Node))
    assert.deepEqual(of(await page.take(), Op.Interaction).at(-1)?.slice(1), [CLICK, inner, 10, 80, 2])
    await page.page.evaluate(() => {
      const { recorded, clickedAt } = window as unknown as RecordedWindow & { clickedAt: number }
      recorded.frustrated(clickedAt, 2)
      recorded.frustrated(clickedAt + 50, 1)
    })
    assert.deepEqual(of(await page.take(), Op.Frustration).map(([, ...words]) => words), [[2, 2]])
  })

  await t.test('not within what is hidden', async () => {
    const page = await open(`<body ${body}><div id="pad" data-dd-privacy="hidden" style="width:90px;height:90px"><button style="width:30px;height:30px">1</button></div><p id="p">x</p>`)
    await page.take()
    await page.page.mouse.move(200, 100)
    await page.page.mouse.click(15, 15)
    const told = await page.take()
    const pad = await page.id('#pad')
    assert.deepEqual(of(told, Op.Interaction, pad).map(([, kind, , x, y]) => [kind, x, y]), [[MOUSE_DOWN, 200, 100], [FOCUS, 200, 100], [MOUSE_UP, 200, 100], [CLICK, 200, 100]])
    assert.ok(!of(told, Op.PointerMoved).some(([, , x]) => x === 15))
  })

  await t.test('in frames, and focus within shadow trees', async () => {
    const page = await open(`<body ${body}><div id="host"></div><iframe id="f" style="position:absolute;left:100px;top:100px;border:5px solid" srcdoc="<body style='margin:0'><p id=in style='margin:0;height:50px'>x</p>"></iframe>
      <script>host.attachShadow({ mode: 'open' }).innerHTML = '<input><input>'</script>`)
    await page.take()
    const shadow = await page.page.evaluate(() => Array.from(document.getElementById('host')?.shadowRoot?.children ?? [], (each) => (window as unknown as RecordedWindow).recorded.ids.of(each)))
    await page.page.mouse.click(115, 125)
    const inFrame = await page.page.evaluate(() => (window as unknown as RecordedWindow).recorded.ids.of((document.getElementById('f') as HTMLIFrameElement).contentDocument?.querySelector('p')))
    assert.notEqual(inFrame, 0)
    assert.deepEqual(of(await page.take(), Op.Interaction).at(-1)?.slice(1, 5), [CLICK, inFrame, 115, 125])
    await page.page.evaluate(() => { (document.getElementById('host')?.shadowRoot?.firstChild as HTMLElement).focus() })
    await page.take()
    await page.page.evaluate(() => { (document.getElementById('host')?.shadowRoot?.lastChild as HTMLElement).focus() })
    assert.deepEqual(of(await page.take(), Op.Interaction).map(([, kind, id]) => [kind, id]), [[BLUR, shadow[0]], [FOCUS, shadow[1]]])
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('by touch, also while fingers zoom in', async () => {
    const page = await open(`<meta name="viewport" content="width=device-width"><body ${body}><div id="d" style="height:2000px"></div><script>addEventListener('click', (event) => { window.at = [event.pageX, event.pageY] })</script>`)
    await page.take()
    const devtools = await page.page.context().newCDPSession(page.page)
    await devtools.send('Emulation.setTouchEmulationEnabled', { enabled: true })
    const touch = async (x: number, y: number): Promise<void> => {
      await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] })
      await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    }
    await touch(50, 60)
    const [, start] = of(await page.take(), Op.Interaction).map((words) => words.slice(1, 5))
    assert.deepEqual(start?.slice(2), [50, 60])
    await devtools.send('Emulation.setPageScaleFactor', { pageScaleFactor: 2 })
    const [zoomed] = await page.told(Op.VisualViewport)
    assert.equal(zoomed?.words.at(-1), 2_000)
    await devtools.send('Emulation.setTouchEmulationEnabled', { enabled: false })
    await page.page.mouse.click(50, 60)
    // Nothing is scrolled: from the page's origin it is as far as from that of the layout viewport.
    const at = await page.page.evaluate(() => (window as unknown as { at: number[] }).at)
    const click = of(await page.take(), Op.Interaction).findLast(([, kind]) => kind === CLICK)
    assert.deepEqual(click?.slice(3, 5), at.map(Math.trunc))
  })
})

test('replay tells what is shown', async (t) => {
  const open = await startObservers(t)

  await t.test('scrolled elements, before and after', async () => {
    const tall = 'style="height:50px;overflow:auto"'
    const page = await open(`<div id="before" ${tall}><p style="height:900px">x</p></div><div id="now" ${tall}><p style="height:900px">x</p></div><p style="height:5000px">x</p>`, {
      before() {
        (document.getElementById('before') as Element).scrollTop = 70
        scrollTo(0, 40)
      },
    })
    const first = await page.told(Op.Scrolled, 2)
    const [before, now] = [await page.id('#before'), await page.id('#now')]
    assert.deepEqual(first.map(({ words: [, id, , y] }) => [id, y]).toSorted(([a = 0], [b = 0]) => a - b), [[1, 40], [before, 70]])
    await page.page.evaluate(() => { (document.getElementById('now') as Element).scrollTop = 30 })
    assert.deepEqual(of(await page.told(Op.Scrolled), Op.Scrolled).at(-1)?.slice(1), [now, 0, 30])
    await page.page.evaluate(async () => {
      for (let y = 31; y <= 60; y++) {
        (document.getElementById('now') as Element).scrollTop = y
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
    })
    const all: Told[] = []
    await eventually('the last position is told', async () => {
      all.push(...(await page.take()))
      assert.equal(of(all, Op.Scrolled, now).at(-1)?.[3], 60)
    })
    const times = of(all, Op.Scrolled, now).map(([at = 0]) => at)
    assert.ok(times.slice(1).every((at, index) => at - (times[index] ?? 0) >= 99), times.join())
  })

  await t.test('the viewport and the focus of the window', async () => {
    const page = await open('<p>x</p>')
    assert.equal(of(await page.take(), Op.VisualViewport).length, 1, 'as it is')
    await page.page.setViewportSize({ width: 500, height: 400 })
    const told = await page.told(Op.Resized)
    assert.deepEqual(told.at(-1)?.words.slice(1), [500, 400])
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('media', async () => {
    const page = await open(`<audio id="playing" src="${WAV}" loop></audio><audio id="a" src="${WAV}"></audio>`, {
      before() {
        const audio = document.getElementById('playing') as HTMLAudioElement
        audio.muted = true
        void audio.play()
      },
    })
    const [playing, audio] = [await page.id('#playing'), await page.id('#a')]
    assert.deepEqual(of(await page.take(), Op.MediaPlays), [[playing, 1]])
    await page.page.evaluate(() => { (document.getElementById('playing') as HTMLAudioElement).pause() })
    await page.told(Op.Media)
    await page.page.evaluate(() => {
      const media = document.getElementById('a') as HTMLAudioElement
      media.volume = 0.5
      media.playbackRate = 1.5
      media.currentTime = 0.25
    })
    const states = (await page.told(Op.Media, 3)).filter(({ words }) => words[1] === audio).map(({ words: [, , state, value] }) => [state, value])
    assert.deepEqual(states.toSorted(), [[2, 250], [3, 1_500], [4, 500]])
  })

  await t.test('what is selected, but not how long masked texts are', async () => {
    const select = (): void => getSelection()?.setBaseAndExtent(document.querySelector('#a')?.firstChild as Node, 2, document.querySelector('#b')?.firstChild as Node, 3)
    const html = '<p id="a">first</p><p id="b">second</p>'
    const page = await open(html)
    await page.take()
    await page.page.evaluate(select)
    const a = await page.id('#a')
    const b = await page.id('#b')
    assert.deepEqual((await page.told(Op.Selected)).map(({ words }) => words.slice(1)), [[a + 1, 2, b + 1, 3]])
    await page.page.evaluate(() => getSelection()?.removeAllRanges())
    assert.deepEqual((await page.told(Op.Selected)).map(({ words }) => words.slice(1)), [[0, 0, 0, 0]])
    const masked = await open(html, { policy: STRICT })
    await masked.take()
    await masked.page.evaluate(select)
    assert.deepEqual((await masked.told(Op.Selected)).map(({ words }) => words.slice(1)), [[a + 1, 0, b + 1, 0]])
  })

  await t.test('modal dialogs, popovers and full screen', async () => {
    const page = await open('<dialog id="open">x</dialog><dialog id="d">x</dialog><div id="p" popover>x</div><button id="f" onclick="this.requestFullscreen()">x</button>', {
      before() { (document.getElementById('open') as HTMLDialogElement).showModal() },
    })
    assert.deepEqual(of(await page.take(), Op.TopLayer), [[await page.id('#open'), 1]])
    await page.page.evaluate(() => {
      (document.getElementById('open') as HTMLDialogElement).close()
      ;(document.getElementById('p') as HTMLElement).showPopover()
    })
    const layers = new Map((await page.told(Op.TopLayer, 2)).map(({ words: [id, layer] }) => [id, layer]))
    assert.deepEqual([layers.get(await page.id('#open')), layers.get(await page.id('#p'))], [0, 2])
    await page.page.evaluate(() => {
      (document.getElementById('d') as HTMLDialogElement).showModal()
      ;(document.getElementById('d') as HTMLDialogElement).close()
      document.body.append(Object.assign(document.createElement('dialog'), { id: 'late' }))
      ;(document.getElementById('late') as HTMLDialogElement).showModal()
    })
    await eventually('the late one is told', async () => {
      for (const { words: [id, layer] } of (await page.take()).filter(({ op }) => op === Op.TopLayer)) layers.set(id, layer)
      assert.deepEqual([layers.get(await page.id('#d')), layers.get(await page.id('#late'))], [0, 1])
    })
    await page.page.evaluate(() => (document.getElementById('late') as HTMLDialogElement).close())
    await page.page.click('#f')
    await eventually('full screen is told', async () => {
      for (const { words: [id, layer] } of (await page.take()).filter(({ op }) => op === Op.TopLayer)) layers.set(id, layer)
      assert.equal(layers.get(await page.id('#f')), 3)
    })
    assert.deepEqual(await page.faults(), [])
  })

  await t.test('which custom elements are defined', async () => {
    const page = await open('<x-a></x-a><x-b></x-b><x-a></x-a><svg><font-face></font-face></svg>', { before() { customElements.define('x-a', class extends HTMLElement {}) } })
    assert.deepEqual((await page.told(Op.Defined)).map(({ texts }) => texts), [['x-a']])
    await page.page.evaluate(() => customElements.define('x-b', class extends HTMLElement {}))
    assert.deepEqual((await page.told(Op.Defined)).map(({ texts }) => texts), [['x-b']])
    assert.deepEqual(page.errors, [])
  })

  await t.test('sizes of what is recorded without content', async () => {
    const page = await open('<div id="box" data-dd-privacy="hidden" style="width:123px;height:45px">x</div><p>a <span id="line" data-dd-privacy="hidden">inline</span></p><canvas id="c" width="60" height="70"></canvas>')
    const sizes = new Map((await page.told(Op.Size, 3)).map(({ words: [id, ...size] }) => [id, size]))
    assert.deepEqual([sizes.get(await page.id('#box')), sizes.get(await page.id('#c'))], [[123, 45], [60, 70]])
    assert.ok((sizes.get(await page.id('#line'))?.[0] ?? 0) > 10)
    await page.page.evaluate(() => { (document.getElementById('box') as HTMLElement).style.width = '99px' })
    assert.deepEqual((await page.told(Op.Size)).map(({ words }) => words), [[await page.id('#box'), 99, 45]])
    assert.deepEqual(await page.faults(), [])
  })
})

test('replay stays beside a page that makes it hard', async (t) => {
  const open = await startObservers(t)

  await t.test('zone.js hears nothing of our listeners', async () => {
    const page = await open('<script src="/zone.js"></script><button id="b">x</button><input id="i">', {
      files: { '/zone.js': { body: await readFile(join(places.packages, 'zone.js/bundles/zone.umd.min.js'), 'utf8'), type: 'text/javascript' } },
      within: 'Zone.current.fork({ name: "app", onInvokeTask(parent, zone, target, task, self, args) { window.tasks = (window.tasks ?? 0) + 1; return parent.invokeTask(target, task, self, args) } }).run(start)',
    })
    await page.take()
    await page.page.click('#b')
    await page.page.fill('#i', 'typed')
    const told = await page.take()
    assert.ok(of(told, Op.Interaction).length >= 3 && of(told, Op.InputValue).length === 1)
    assert.deepEqual([await page.page.evaluate(() => (window as unknown as { tasks?: number }).tasks), await page.faults(), page.errors], [undefined, [], []])
  })

  await t.test('names that hide the document’s own', async () => {
    const page = await open(`<form name="styleSheets"><input name="localName"><input name="matches"><input name="isConnected"></form><img name="querySelectorAll"><img name="adoptedStyleSheets"><img name="scrollingElement">
      <form id="form"><input name="closest"><input name="getRootNode"><input name="scrollTop"><button id="b" type="button">x</button></form>`)
    await page.take()
    await page.page.click('#b')
    assert.equal(of(await page.take(), Op.Interaction).filter(([, kind]) => kind === CLICK).length, 1)
    assert.deepEqual([await page.faults(), page.errors], [[], []])
  })
})
