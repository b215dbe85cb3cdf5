// The page of secrets: a unique one in every attribute that HTML, SVG and ARIA have, and wherever else a page keeps what
// is nobody's business. Each has a label that says where it is.

import { ariaAttributes } from 'aria-attributes'
import { htmlElementAttributes } from 'html-element-attributes'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { svgElementAttributes } from 'svg-element-attributes'
import { places } from '../places.ts'

/** Where something is planted: namespace, element, attribute (none: as its text), and what. */
type Plant = [space: string, element: string, attribute: string, value: string]

/** Secrets that scripts of the page set later; labels with `#` are those that read like a record's number. */
const LATER = [
  'text changed', 'data changed', 'title attribute changed', 'data attribute changed', 'style changed', 'style url changed',
  'document title changed', 'attribute added', 'text added', 'textarea set', 'textarea text added', 'value attribute set',
  'contenteditable added', 'option added', 'option value added', 'hidden added', 'in an element that is hidden later',
  'insertRule content', 'insertRule query', 'insertRule comment', 'rule style changed', 'adopted content',
  'replaceSync content', 'shadow added', 'dialog added', 'frame added', 'history state', '#history path', 'history query',
  'history hash', 'typed', 'typed password', 'typed in the shown password', 'typed in the textarea',
  'typed in the editor', '#page path', 'page query', 'page hash',
] as const

export type Later = (typeof LATER)[number]

/** Elements with text, beside those with attributes of their own. From the index of the HTML standard. */
const TEXT_ELEMENTS =
  'abbr acronym address article aside b bdi bdo big center cite code dd dfn dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup i kbd main mark marquee nav nobr rb rp rt rtc ruby s samp search section small strike strong sub sup tt u var xmp plaintext listing noembed noframes my-element'.split(' ')
const MATHML_ELEMENTS = 'mi mn mo ms mtext mrow merror annotation'.split(' ')
const MATHML_ATTRIBUTES = 'class dir displaystyle id mathbackground mathcolor mathsize mathvariant scriptlevel style href altText'.split(' ')

/** Beside those of the standards: what frameworks and applications make up. */
const UNKNOWN = 'secret data-note data-testid data-dd-action-name data-rum-action-name data-bind data-src ng-reflect-value ng-bind v-model x-data hx-get wire:model @click :value [value] (click) key ref fill stroke mrn onclick onload onfocus onerror oninput srcdoc nonce integrity crossorigin http-equiv xmlns xml:lang xml:base xlink:title xlink:href'.split(' ')

const URL_ATTRIBUTES = new Set('href src action formaction cite data poster background longdesc ping manifest codebase profile usemap xlink:href itemid itemtype'.split(' '))
/** Numbers are told of these, and a record's number is one. */
const NUMERIC = 'width height colspan rowspan span size cols rows border cellpadding start value min max tabindex maxlength'.split(' ')

export class Secrets {
  /** What a secret is called, by itself. */
  readonly labels = new Map<string, string>()
  private readonly byLabel = new Map<string, string>()

  /** The secret of that label: letters only, so that it could be anybody's name, or with digits, or a number. */
  of(label: string, kind: 'letters' | 'digits' | 'number' = label.startsWith('#') ? 'digits' : 'letters'): string {
    const known = this.byLabel.get(label)
    if (known !== undefined) return known
    const count = this.labels.size
    const letters = [...count.toString(26).padStart(5, '0')].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 26))).join('')
    const secret = kind === 'letters' ? `qz${letters}w` : kind === 'digits' ? `qz${String(count).padStart(5, '0')}k` : `917${String(count).padStart(6, '0')}`
    this.labels.set(secret, label)
    this.byLabel.set(label, secret)
    return secret
  }

  /** The labels of all that are in a text, in whatever case. */
  in(text: string): string[] {
    const found = new Set<string>()
    for (const [match] of text.matchAll(/qz(?:[a-z]{5}w|\d{5}k)|917\d{6}/gi)) {
      const label = this.labels.get(match.toLowerCase())
      if (label !== undefined) found.add(label)
    }
    return [...found].sort()
  }

  /** A text with each `[[label]]`, `[[#label]]` or `[[9:label]]` replaced by its secret. */
  fill(text: string): string {
    return text.replace(/\[\[(9:)?([^\]]+)\]\]/g, (_, number: string | undefined, label: string) => this.of(label, number ? 'number' : undefined))
  }
}

export interface PlantedPage { secrets: Secrets; html: string; css: string; later: Record<Later, string>; path: string }

/** The page, with what it needs of the SDK in place of `{{sdk}}`. */
export async function plantedPage(): Promise<PlantedPage> {
  const secrets = new Secrets()
  const read = async (name: string): Promise<string> => secrets.fill(await readFile(join(places.pages, name), 'utf8'))
  const [html, css] = [await read('secrets.html'), await read('secrets.css')]
  const later = Object.fromEntries(LATER.map((label) => [label, secrets.of(label)])) as Record<Later, string>
  const plan = JSON.stringify({ attributes: plants(secrets), later }).replaceAll('<', '\\u003c')
  const path = `/records/${later['#page path']}/secrets.html?q=${later['page query']}#${later['page hash']}`
  return { secrets, html: html.replace('{{plan}}', () => plan), css, later, path }
}

function plants(secrets: Secrets): Plant[] {
  const planted: Plant[] = []
  const plant = (space: string, element: string, attribute: string, write = (secret: string) => secret, variant = ''): void => {
    const text = write(secrets.of(`${space} ${element} ${attribute || 'text'}${variant}`))
    // It is run, and what it did not find would be in the error.
    planted.push([space, element, attribute, element === 'script' && attribute === '' ? `'${text}'` : text])
  }
  const everywhere = [...htmlElementAttributes['*']!, ...ariaAttributes, 'role', ...UNKNOWN.filter(isSettable)]
  for (const [element, own] of Object.entries(htmlElementAttributes)) {
    const attributes = element === '*' ? [] : own
    for (const attribute of attributes) {
      plant('html', element, attribute)
      plant('html', element, attribute, (secret) => `1 ${secret}`, ' behind a number')
      if (URL_ATTRIBUTES.has(attribute)) plantAddress(planted, secrets, 'html', element, attribute)
    }
    if (element !== '*') plant('html', element, '')
  }
  for (const element of ['div', 'input', 'button', 'my-element', 'td']) for (const attribute of everywhere) plant('html', element, attribute)
  for (const attribute of everywhere) {
    plant('html', 'p', attribute, (secret) => `true ${secret}`, ' behind a word')
    plant('html', 'p', attribute, (secret) => `true${secret}`, ' after a word')
  }
  for (const element of TEXT_ELEMENTS) plant('html', element, '')
  for (const attribute of NUMERIC) {
    for (const element of ['img', 'td', 'li', 'input', 'meter']) planted.push(['html', element, attribute, secrets.of(`html ${element} ${attribute} of digits`, 'number')])
  }
  const svgNames = new Set<string>()
  for (const [element, own] of Object.entries(svgElementAttributes)) {
    for (const attribute of own) svgNames.add(attribute)
    if (element === '*') continue
    for (const attribute of own) plant('svg', element, attribute)
    plant('svg', element, '')
    if (own.includes('href')) plantAddress(planted, secrets, 'svg', element, 'href')
    if (own.includes('xlink:href')) plantAddress(planted, secrets, 'svg', element, 'xlink:href')
  }
  for (const attribute of [...UNKNOWN.filter(isSettable), ...ariaAttributes, 'role']) plant('svg', 'path', attribute)
  for (const attribute of [...svgNames, 'onclick', 'nonce']) {
    plant('svg', 'path', attribute)
    plant('svg', 'g', attribute, (secret) => `M0 0L1 ${secret}`, ' in a path')
    plant('svg', 'g', attribute, (secret) => `url(#${secret})`, ' in a reference')
    plant('svg', 'g', attribute, (secret) => `url("/a?${secret}")`, ' in an address')
    plant('svg', 'g', attribute, (secret) => `var(--a, ${secret})`, ' in a variable')
    plant('svg', 'g', attribute, (secret) => `rotate(1) ${secret}(2)`, ' in a transformation')
  }
  for (const element of MATHML_ELEMENTS) {
    plant('math', element, '')
    for (const attribute of MATHML_ATTRIBUTES) plant('math', element, attribute)
  }
  return planted
}

/** Names that `setAttribute` takes. */
function isSettable(name: string): boolean {
  return !/^[@[(]/.test(name)
}

function plantAddress(planted: Plant[], secrets: Secrets, space: string, element: string, attribute: string): void {
  const of = (part: string): string => secrets.of(`${space} ${element} ${attribute} ${part}`)
  const path = secrets.of(`${space} ${element} ${attribute} path`, 'digits')
  planted.push([space, element, attribute, `/records/${path}/a?q=${of('query')}#${of('hash')}`])
  planted.push([space, element, attribute, `#${of('fragment')}`])
  planted.push([space, element, attribute, `data:text/html,'${of('data')}'`])
  planted.push([space, element, attribute, `javascript:'${of('script')}'`])
}
