// Recordings that try to run, to fetch, to break the player or to take over its document. `CANARY` in them is the origin that
// nobody must ask; `RAN` is script that would tell.

import { change, full, incremental, KIND, segment, SHELL, snapshot } from '../../../viewer/test/segments.ts'

const RAN = "parent.ran=['ran'];top.ran=['ran'];fetch('CANARY/from-script')"
const URLS = [
  'CANARY/a', '//CANARYHOST/b', 'javascript:RAN', ' \tjava\nscript:RAN', '\u0001javascript:RAN', 'JaVaScRiPt:RAN', 'vbscript:RAN',
  'data:text/html,<script>RAN</script>', 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="RAN"><image href="CANARY/svg"/></svg>',
  'blob:CANARY/x', 'filesystem:CANARY/x', '/same-origin', 'relative', '?query',
].map((url) => url.replace('RAN', RAN))

const ELEMENTS = [
  'A', 'AREA', 'APPLET', 'AUDIO', 'BASE', 'BGSOUND', 'BLOCKQUOTE', 'BODY', 'BUTTON', 'DEL', 'DETAILS', 'EMBED', 'FENCEDFRAME', 'FORM', 'FRAME', 'FRAMESET', 'HEAD', 'HTML', 'IFRAME',
  'IMG', 'IMAGE', 'INPUT', 'INS', 'LINK', 'MARQUEE', 'MENUITEM', 'META', 'NOSCRIPT', 'OBJECT', 'PARAM', 'PORTAL', 'Q', 'SCRIPT', 'SOURCE', 'STYLE', 'TABLE', 'TD', 'TEMPLATE', 'TRACK', 'VIDEO', 'X-ANY',
  'svg>a', 'svg>animate', 'svg>feImage', 'svg>foreignObject', 'svg>handler', 'svg>image', 'svg>script', 'svg>set', 'svg>style', 'svg>svg', 'svg>use', 'svg>x:script', 'svg>mpath', 'svg>textPath', 'svg>pattern',
  'math>maction', 'math>mglyph', 'math>annotation-xml', 'math>math', 'math>semantics',
]
const ADDRESS_ATTRIBUTES = [
  'href', 'src', 'srcset', 'imagesrcset', 'poster', 'background', 'action', 'formaction', 'data', 'cite', 'longdesc', 'manifest', 'icon', 'ping', 'code', 'codebase', 'classid', 'archive', 'lowsrc', 'dynsrc',
  'srcdoc', 'xlink:href', 'XLINK:HREF', 'xml:base', 'usemap', 'profile', 'HREF', 'attributionsrc', 'from', 'to', 'values', 'by', 'fill', 'filter', 'mask', 'clip-path', 'cursor', 'style',
]
const EVENTS = ['onload', 'onerror', 'onclick', 'onfocus', 'onbegin', 'onend', 'ontoggle', 'onanimationstart', 'onpageshow', 'onstart', 'onbeforematch', 'ONLOAD', 'onscrollsnapchange', 'on\u0000load', 'xlink:onload']

/** A recording with nodes in the body, which then are changed. */
function page(nodes: readonly unknown[], ...later: readonly unknown[]): unknown[] {
  return [segment([{ type: 4, timestamp: 1_000, data: { width: 800, height: 600, href: 'CANARY/page' } }, snapshot(nodes), ...later.map((changes, index) => change(1_100 + index, ...(changes as unknown[])))])]
}

/** Each with its content. */
function* elements(): Generator<[string, unknown[]]> {
  yield ['scripts', page([
    [1, 'SCRIPT'], [1, '#text', RAN], [3, 'SCRIPT', ['src', 'CANARY/script.js']], [4, 'SCRIPT', ['type', 'module'], ['src', 'CANARY/module.js']], [5, 'svg>svg'], [1, 'svg>script'], [1, '#text', RAN],
    [8, 'NOSCRIPT'], [1, 'IMG', ['src', 'CANARY/noscript']], [10, 'SCRIPT', ['type', 'speculationrules']], [1, '#text', '{"prefetch":[{"urls":["CANARY/speculation"]}]}'],
  ], [[KIND.text, [6, `${RAN};1`], [11, RAN]]])]
  yield ['frames', page([
    [1, 'IFRAME', ['src', 'CANARY/frame']], [0, 'IFRAME', ['srcdoc', `<script>${RAN}</script><img src="CANARY/srcdoc">`]], [0, 'IFRAME', ['src', `javascript:${RAN}`], ['sandbox', 'allow-scripts allow-same-origin']],
    [1, '#document'], [1, 'HTML'], [1, 'BODY'], [1, 'SCRIPT'], [1, '#text', RAN], [2, 'IMG', ['src', 'CANARY/nested'], ['onerror', RAN]], [0, 'STYLE'], [1, '#text', 'body{background:url(CANARY/nested-css)}'],
  ], [[KIND.attribute, [7, ['sandbox', 'allow-scripts allow-same-origin allow-top-navigation'], ['src', 'CANARY/changed']]]])]
  yield ['a frameset', [segment([full([[KIND.add, [null, '#document'], [1, 'HTML'], [1, 'HEAD'], [0, 'FRAMESET', ['cols', '50%,*'], ['onload', RAN]],
    [1, 'FRAME', ['src', 'CANARY/frame'], ['name', 'top']], [0, 'FRAME', ['src', `javascript:${RAN}`], ['longdesc', 'CANARY/longdesc']], [0, 'FRAME', ['sandbox', 'allow-scripts']],
    [1, '#document'], [1, 'HTML'], [1, 'BODY', ['background', 'CANARY/background']], [1, 'SCRIPT'], [1, '#text', RAN], [3, 'IMG', ['src', 'CANARY/framed'], ['onerror', RAN]], [0, 'STYLE'], [1, '#text', 'body{background:url(CANARY/framed-css)}'],
  ]]), change(1_100, [KIND.attribute, [4, ['src', 'CANARY/changed']], [6, ['src', `javascript:${RAN}`], ['srcdoc', `<script>${RAN}</script>`]]])])]]
  yield ['meta, base and links', page([
    [2, 'META', ['http-equiv', 'refresh'], ['content', '0;url=CANARY/refresh']], [0, 'META', ['http-equiv', 'Content-Security-Policy'], ['content', '*']], [0, 'BASE', ['href', 'CANARY/']],
    ...['stylesheet', 'preload', 'prefetch', 'modulepreload', 'icon', 'import', 'dns-prefetch', 'preconnect', 'manifest', 'prerender', 'alternate stylesheet'].map((rel) => [0, 'LINK', ['rel', rel], ['as', 'image'], ['href', 'CANARY/link'], ['imagesrcset', 'CANARY/set 1x']]),
  ], [[KIND.attribute, [8, ['rel', 'stylesheet'], ['href', 'CANARY/later']]], [KIND.sheet, ['@import "CANARY/import";p{background:url(CANARY/p)}']], [KIND.attach, [8, 0]]])]
  yield ['elements of every kind with addresses of every kind', page(ELEMENTS.map((name, index) => [
    index === 0 ? 1 : index + 1, name, ...ADDRESS_ATTRIBUTES.map((attribute, at) => [attribute, URLS[(index + at) % URLS.length]]),
  ]))]
  for (const [number, url] of URLS.entries()) {
    yield [`address ${number} in every attribute`, page(ELEMENTS.map((name, index) => [index + 1, name, ...ADDRESS_ATTRIBUTES.map((attribute) => [attribute, url])]))]
  }
  yield ['handlers', page(ELEMENTS.map((name, index) => [index + 1, name, ['autofocus', ''], ['tabindex', '0'], ['open', ''], ['src', 'x'], ...EVENTS.map((event) => [event, RAN])]), [
    [KIND.attribute, ...ELEMENTS.map((_, index) => [index + 5, ...EVENTS.map((event) => [event, `${RAN};1`])])],
  ])]
  yield ['what becomes hostile later', page([[1, 'A', ['href', '#here']], [0, 'IMG', ['src', 'data:image/gif;base64,R0lGODlhAQABAAAAACw=']], [0, 'svg>svg'], [1, 'svg>set', ['attributeName', 'fill'], ['to', 'red']], [2, 'svg>use', ['href', '#g']]], [
    [KIND.attribute, [5, ['href', `javascript:${RAN}`], ['target', '_top'], ['ping', 'CANARY/ping']], [6, ['src', 'CANARY/img'], ['srcset', 'CANARY/set 2x']]],
    [KIND.attribute, [8, ['attributeName', 'href'], ['to', `javascript:${RAN}`]], [9, ['href', 'CANARY/use.svg#g'], ['xlink:href', 'data:image/svg+xml,<svg id="g"/>#g']]],
  ])]
}

const CSS = [
  '@import "CANARY/1";', "@import url('CANARY/2') layer(x);", '@\\69mport "CANARY/3";', '@IMPORT "CANARY/4";', '/**/@import "CANARY/5";', 'p{background:url(CANARY/6)}', 'p{background:u\\72l("CANARY/7")}',
  'p{background:\\75\\72\\6c(CANARY/8)}', "p{background:URL(  'CANARY/9'  )}", 'p{background-image:image-set("CANARY/10" 1x)}', 'p{background:-webkit-image-set(url(CANARY/11) 1x)}', 'p{list-style:url(CANARY/12)}',
  'p{cursor:url(CANARY/13),auto}', 'p::before{content:url(CANARY/14)}', 'p{border-image:url(CANARY/15) 1}', 'p{mask:url(CANARY/16#m)}', 'p{filter:url(CANARY/17#f)}', 'p{clip-path:url(CANARY/18#c)}',
  '@font-face{font-family:evil;src:url(CANARY/19)}p{font-family:evil}', 'p{--x:url(CANARY/20);background:var(--x)}', 'p{--x:"CANARY/21";background:image-set(var(--x) 1x)}', `p{width:expression(${RAN})}`,
  'p{-moz-binding:url(CANARY/22#x)}', 'p{behavior:url(CANARY/23)}', '@namespace url(CANARY/24);', '@document url(CANARY/25){p{color:red}}', 'p{background:url(CANARY/26', "p{background:url('CANARY/27", 'p{x:"\\\n";background:url(CANARY/28)}',
  'p{background:src("CANARY/29")}', '</style><script>RAN</script>', 'p{background:url("javascript:RAN")}', '@media all{@import "CANARY/30";p{background:url(CANARY/31)}}', 'p{shape-outside:url(CANARY/32)}', '@counter-style x{symbols:url(CANARY/33)}',
  '@property --u{syntax:"<url>";inherits:false;initial-value:url(CANARY/34)}p{background:var(--u)}', 'p{background:cross-fade(url(CANARY/35),url(CANARY/36))}', 'p:hover{background:url(CANARY/37)}', '@view-transition{navigation:auto}',
].map((css) => css.replaceAll('RAN', RAN))

function* styles(): Generator<[string, unknown[]]> {
  yield ['css in style elements', page(CSS.flatMap((css, index) => [[2 * index + 1, 'P', ['style', css.replace(/^p\{|\}$/g, '')]], [1, '#text', 'text']]).concat(CSS.flatMap((css, index) => [[2 * CSS.length + 2 * index + 1, 'STYLE'], [1, '#text', css]])))]
  yield ['css in sheets', page([[1, 'P'], [0, 'STYLE'], [0, 'LINK', ['rel', 'stylesheet'], ['href', 'CANARY/css']], [0, 'DIV'], [1, '#shadow-root'], [1, 'P'], [0, '#text', 'x']],
    [[KIND.sheet, ...CSS.map((css) => [css, ['all']]), [CSS, []]], [KIND.attach, [6, CSS.length], [7, 5, 6, 7], [0, ...CSS.keys()], [9, ...CSS.keys()]]])]
  yield ['css in rules inserted', [segment([snapshot([[1, 'P'], [0, 'STYLE']], [[KIND.sheet, ['p{}']], [KIND.attach, [6, 0]]]), incremental(1_100, 8, { id: 6, adds: CSS.map((rule) => ({ rule, index: 0 })) }), incremental(1_101, 8, { id: 6, removes: [{ index: 99 }, { index: [0, 0, 0] }] })])]]
  yield ['css in the first format', [segment([{ type: 2, timestamp: 1_000, data: { node: { type: 0, id: 1, adoptedStyleSheets: [{ cssRules: CSS, media: CSS }], childNodes: [{ type: 2, id: 2, tagName: 'html', attributes: { _cssText: CSS.join(''), style: CSS.join(';') }, childNodes: [
    { type: 2, id: 3, tagName: 'style', attributes: { _cssText: CSS.join('\n'), media: 'CANARY' }, childNodes: [] }, { type: 2, id: 4, tagName: 'script', attributes: { src: 'CANARY/script' }, childNodes: [{ type: 3, id: 5, textContent: RAN }] },
    { type: 2, id: 6, tagName: 'svg', isSVG: true, attributes: { onload: RAN }, childNodes: [{ type: 2, id: 7, tagName: 'script', isSVG: true, attributes: {}, childNodes: [{ type: 3, id: 8, textContent: RAN }] }] },
  ] }] } } }])]]
}

/** Documents whose names stand in for what scripts call. */
function* clobbering(): Generator<[string, unknown[]]> {
  const names = ['createElement', 'createElementNS', 'createTextNode', 'getSelection', 'head', 'body', 'documentElement', 'defaultView', 'implementation', 'open', 'write', 'adoptedStyleSheets', 'scrollingElement', 'firstChild', 'insertBefore', 'appendChild', 'removeChild', 'setAttribute', 'parentNode', 'childNodes', 'attributes', 'ownerDocument', 'nodeType', 'contentWindow', 'customElements', 'CSSStyleSheet', 'HTMLElement', 'textContent', 'shadowRoot', 'style', 'nodeName', 'localName', 'namespaceURI', 'getAttribute', 'matches', 'showPopover', 'value', 'scrollTo', 'timeline', 'getAnimations']
  const forms = names.flatMap((name) => [[1, 'FORM', ['name', name]], [1, 'INPUT', ['name', name], ['id', name]], [0, 'IMG', ['name', name]], [0, 'IFRAME', ['name', name]]]).map((node, index) => (index % 4 === 0 ? [index + 1, ...node.slice(1)] : node))
  const count = forms.length
  yield ['names that stand in for methods', page(forms, [
    [KIND.add, [count, 'P', ['id', 'still-here']], [1, '#text', 'still here']], [KIND.attribute, [5, ['class', 'changed'], ['style', 'color:red']]],
    [KIND.sheet, ['p{color:blue}']], [KIND.attach, [0, 0]], [KIND.scroll, [0, 0, 10], [5, 1, 1]], [KIND.size, [5, 10, 10]], [KIND.value, [5, 'x']], [KIND.choice, [0, 5]], [KIND.layer, [5, 2], [5, 3]], [KIND.remove, 9],
  ])]
}

const NONSENSE: readonly unknown[] = [null, undefined, true, -1, 1.5, 1e300, '', 'text', [], {}, [[]], [[[]]], { length: 3 }, { toString: null, valueOf: null }, { role: {}, string: 7 }, { __proto__: { id: 1 }, type: 2 }, [1, 2, 3], 0xffffffff, -0xffffffff]

function* malformed(): Generator<[string, unknown[]]> {
  yield ['no segments at all', [...NONSENSE]]
  yield ['no records at all', [segment(NONSENSE), { records: 'text' }, { records: { length: 1e9 } }, { view: NONSENSE, records: [{}] }]]
  const types = [...Array(13).keys(), 100, 101, -1, 1e9, '2', null]
  yield ['nonsense in every record', [segment(types.flatMap((type) => NONSENSE.map((data, index) => ({ type, timestamp: 1_000 + index, data, format: index % 3 }))))]]
  yield ['nonsense in every source', [segment([snapshot([[1, 'P']]), ...[...Array(20).keys()].flatMap((source) => NONSENSE.map((value) => incremental(1_001, source, { id: value, x: value, y: value, type: value, positions: [value], adds: [value], removes: [value], texts: [value], attributes: [value], width: value, height: value, pointerEventType: value, pointerType: value, text: value })))])]]
  yield ['nonsense in every change', [segment([snapshot([[1, 'P'], [0, 'INPUT'], [0, 'STYLE']]), ...[...Array(16).keys(), 100, 101, 999, -1].flatMap((kind) => NONSENSE.map((value) => change(1_001, [kind, value, [value], [5, value], [5, value, value], [value, 5], [5, [value, value]]])))])]]
  yield ['times of no clock', [segment([-1, Number.NaN, Infinity, 1e300, '5', null].map((timestamp) => ({ ...snapshot([[1, 'P']]), timestamp }))), segment([snapshot([[1, 'P']], [], 8.64e15), change(5, [KIND.remove, 5])])]]
  const loop = { type: 2, id: 3, tagName: 'div', attributes: {}, childNodes: [{ type: 2, id: 2, tagName: 'div', attributes: {}, childNodes: [{ type: 2, id: 3, tagName: 'p', attributes: {}, childNodes: [] }] }] }
  yield ['trees that are none', [segment([{ type: 2, timestamp: 1_000, data: { node: { type: 0, id: 1, childNodes: [loop, loop] }, initialOffset: {} } }, incremental(1_001, 0, { removes: [{ id: 1, parentId: 1 }], adds: [{ parentId: 3, nextId: 3, node: { ...loop } }, { parentId: 9, nextId: 8, node: { ...loop, id: 8 } }, { parentId: 8, nextId: 9, node: { ...loop, id: 9 } }], texts: [], attributes: [] })])]]
  yield ['names that are none', page(['0', '<', 'a b', 'a>b', '', 'svg>', 'math>', 'svg>0', '#nothing', '#', 'a"', '\u0000', '\ud800', 'A'.repeat(100_000), 'constructor', '__proto__', 'X-', 'FONT-FACE'].map((name, index) => [index + 1, name, ['0', 'a'], ['<', 'b'], ['', 'c'], ['__proto__', 'd'], ['constructor', 'e'], ['a b', 'f'], [':', 'g'], ['xlink:', 'h'], ['x:y:z', 'i']]))]
  yield ['a tree too deep', page([...Array(20_000).keys()].map(() => [1, 'DIV']))]
  yield ['a hundred thousand nodes in one place', page([[1, 'DIV'], ...Array.from({ length: 100_000 }, () => [0, 'P'])], [[KIND.scroll, [5, 1e9, 1e9]], [KIND.size, [5, 1e9, -1]]])]
  yield ['a hundred frames in each other', page([...Array(100).keys()].flatMap(() => [[1, 'IFRAME'], [1, '#document'], [1, 'HTML']]))]
  yield ['windows of no size', [segment([{ type: 4, timestamp: 1_000, data: { width: 1e9, height: -5 } }, snapshot([[1, 'P']]), incremental(1_001, 4, { width: 1e12, height: 1e12 }), { type: 8, timestamp: 1_002, data: { scale: 0, offsetLeft: Number.NaN } }, { type: 8, timestamp: 1_003, data: { scale: 1e308, offsetLeft: -1e308, offsetTop: 1e308 } }])]]
  yield ['layers of what is none', page([[1, 'P'], [0, 'DIALOG', ['open', '']], [0, 'DIV', ['popover', '']]], [[KIND.layer, [5, 1], [5, 2], [6, 1], [6, 2], [7, 2], [7, 1], [0, 1], [0, 3]], [KIND.remove, 6], [KIND.layer, [6, 0], [7, 0], [7, 2]]])]
  yield ['a thousand custom elements', page([[1, 'X-A']], [[KIND.defined, ...[...Array(1_000).keys()].map((number) => `x-a${number}`), 'x-A', 'font-face', '', 'constructor', '0-0', 'x-\ud800']])]
  yield ['documents that replace themselves', [segment([full([[KIND.add, ...SHELL]]), change(1_001, [KIND.remove, 0], [KIND.add, [null, '#document'], [1, 'HTML'], [0, 'HTML'], [0, '#doctype', 'html', '', ''], [null, '#document'], [4, '#text', 'x']])])]]
}

/** Every recording by what it tries, with the canary's place filled in. */
export function* hostileRecordings(canaryOrigin: string): Generator<[name: string, segments: unknown[]]> {
  const host = new URL(canaryOrigin).host
  for (const [name, segments] of [...elements(), ...styles(), ...clobbering(), ...malformed()]) yield [name, filledIn(segments, canaryOrigin, host) as unknown[]]
}

function filledIn(value: unknown, origin: string, host: string): unknown {
  if (typeof value === 'string') return value.replaceAll('CANARYHOST', host).replaceAll('CANARY', origin)
  if (Array.isArray(value)) return value.map((inner) => filledIn(inner, origin, host))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filledIn(inner, origin, host)]))
}
