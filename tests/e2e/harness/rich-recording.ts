// A recording by hand of what the official SDK does not record, or seldom: every kind of change that leaves a trace in a document.

import { change, incremental, KIND, segment, snapshot } from '../../../viewer/test/segments.ts'

/** Where it begins, ms since the epoch. */
export const START_MS = 1_000_000

const at = (ms: number): number => START_MS + ms
const tall = (text: string): unknown => ['style', `height:3000px;background:linear-gradient(#fff,#99f)${text}`]

/** Numbers of the nodes, from 5 on, in the order they are added. */
const NODES: readonly unknown[] = [
  [1, 'FORM', ['name', 'appendChild']], // 5
  [1, 'INPUT', ['type', 'text'], ['value', 'first'], ['name', 'insertBefore']], // 6
  [0, 'INPUT', ['type', 'checkbox']], // 7
  [0, 'INPUT', ['type', 'radio'], ['name', 'r']], // 8
  [0, 'INPUT', ['type', 'radio'], ['name', 'r'], ['checked', '']], // 9
  [0, 'TEXTAREA'], // 10
  [0, 'SELECT', ['multiple', '']], // 11
  [1, 'OPTION', ['value', 'a']], // 12
  [0, 'OPTION', ['value', 'b']], // 13
  [10, 'STYLE'], // 14, in the body
  [0, 'LINK', ['rel', 'stylesheet'], ['href', '/x.css']], // 15
  [0, 'DIV', ['id', 'scroller'], ['style', 'height:50px;overflow:auto']], // 16
  [1, 'P', tall('')], // 17
  [14, 'X-CARD'], // 18
  [1, '#shadow-root'], // 19
  [1, 'B'], // 20
  [1, '#text', 'in the shadow'], // 21
  [18, 'DIALOG'], // 22
  [1, '#text', 'Sure?'], // 23
  [20, 'DIV', ['popover', 'auto']], // 24
  [0, 'svg>svg', ['viewBox', '0 0 10 10']], // 25
  [1, 'svg>linearGradient', ['id', 'g']], // 26
  [0, 'svg>rect', ['fill', 'url(#g)'], ['width', '4']], // 27
  [24, 'IFRAME'], // 28
  [1, '#document'], // 29
  [1, 'HTML'], // 30
  [1, 'BODY'], // 31
  [1, '#text', 'framed'], // 32
  [29, 'P', ['id', 'para']], // 33
  [1, '#text', 'Some text to select'], // 34
  [31, 'VIDEO', ['controls', '']], // 35
  [0, 'P', tall('')], // 36
]

const SHEETS: readonly unknown[] = [
  [KIND.sheet, [['p{color:green}', '@media all{b{color:red}}']], ['a:hover{color:blue}p:hover{color:navy}'], ['b{font-weight:900}'], [['i{color:red}'], ['print']]],
  [KIND.attach, [14, 0], [15, 1], [19, 2], [0, 3]],
]

export function richRecording(): unknown[] {
  return [segment([
    { type: 4, timestamp: at(0), data: { width: 900, height: 600, href: 'https://shop.example/rich' } },
    { type: 6, timestamp: at(0), data: { has_focus: true } },
    snapshot(NODES, SHEETS, at(0)),
    { type: 8, timestamp: at(0), data: { offsetLeft: 0, offsetTop: 0, pageLeft: 0, pageTop: 0, width: 900, height: 600, scale: 1 } },
    change(at(100), [KIND.value, [6, 'typed'], [10, 'a note']], [KIND.choice, [0, 7, 8], [0, 12, 13]]),
    change(at(200), [KIND.choice, [0, 9], [1, 8], [2, 7], [1, 12]]),
    incremental(at(300), 8, { id: 14, adds: [{ rule: 'p{margin:0}', index: 1 }, { rule: 'u{color:red}', index: [2, 0] }] }),
    incremental(at(400), 8, { id: 14, removes: [{ index: 0 }], adds: [{ rule: 'p::nonsense(x){}', index: 0 }] }),
    incremental(at(500), 3, { id: 16, x: 0, y: 120 }),
    incremental(at(550), 3, { id: 0, x: 0, y: 300 }),
    incremental(at(600), 1, { positions: [{ x: 10, y: 10, id: 33, timeOffset: -30 }, { x: 40, y: 40, id: 20, timeOffset: 0 }] }),
    incremental(at(650), 2, { type: 5, id: 6 }),
    change(at(700), [KIND.layer, [22, 1]], [KIND.attribute, [22, ['open', '']]]),
    change(at(750), [KIND.layer, [24, 2]]),
    change(at(800), [KIND.layer, [24, 0], [22, 0]], [KIND.attribute, [22, ['open']]]),
    change(at(850), [KIND.layer, [16, 3]], [KIND.size, [27, 20, 30]]),
    change(at(900), [KIND.defined, 'x-card'], [KIND.layer, [16, 0]]),
    { type: 100, timestamp: at(950), data: { start: 34, startOffset: 5, end: 34, endOffset: 9 } },
    change(at(1_000), [KIND.add, [9, 'X-OTHER'], [-4, '#text', 'before'], [0, 'B', ['class', 'new']], [1, '#text', 'deep']], [KIND.remove, 21]),
    change(at(1_050), [KIND.media, [35, 0]], [KIND.attribute, [33, ['class', 'c'], ['onclick', 'x'], ['id']], [17, tall(';color:red')]], [KIND.text, [32, 'framed anew']]),
    { type: 101, timestamp: at(1_100), data: { id: 35, state: 'rate', value: 2 } },
    change(at(1_150), [KIND.sheet, ['p{color:purple}']], [KIND.attach, [14, 4], [19, 4, 2]]),
    change(at(1_200), [KIND.remove, 28], [KIND.attribute, [15, ['media', 'print']]]),
    incremental(at(1_250), 4, { width: 700, height: 500 }),
    { type: 9, timestamp: at(1_300), data: { frustrationTypes: ['rage_click'], recordIds: [1] } },
  ], { start: START_MS })]
}
