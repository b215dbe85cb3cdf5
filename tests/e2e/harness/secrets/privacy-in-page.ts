// Runs in the page: what is decided of its elements.

import { attributeValue } from '../../../../js-loader/src/replay/privacy/attribute.ts'
import { Fate, fateOf, fieldValue, levelOf, maySelect } from '../../../../js-loader/src/replay/privacy/element.ts'
import { Level, LEVELS, type Policy } from '../../../../js-loader/src/replay/privacy/level.ts'
import { textAt } from '../../../../js-loader/src/replay/privacy/text.ts'
import { learn } from '../../../../js-loader/src/replay/privacy/tokens.ts'

/** What would be told of an element: its level, the attributes, its own text, and of a field its value and whether it is chosen. */
export interface Told { level: string; fate: 'shown' | 'boxed' | 'left'; attributes: Record<string, string>; text: string; value?: string | undefined; isChosen?: boolean }

function decide(it: Element, level: string, options: Partial<Policy> = {}): Told {
  const policy: Policy = { fallback: LEVELS.indexOf(level), isLocked: false, isStrict: true, ...options }
  const way: Element[] = []
  for (let node: Element | null = it; node; node = node.parentElement ?? ((node.getRootNode() as ShadowRoot).host as Element | undefined) ?? null) way.unshift(node)
  const own = way.reduce((above: Level, element) => levelOf(element, above, policy), policy.fallback)
  const fate = fateOf(it, own)
  const attributes: Record<string, string> = {}
  if (fate === Fate.Shown) {
    for (const name of it.getAttributeNames()) {
      const told = attributeValue(it, name, it.getAttribute(name) ?? '', own, policy)
      if (told !== undefined && name !== 'it') attributes[name] = told
    }
  }
  const text = [...it.childNodes].map((node) => (node.nodeType === 3 ? textAt(node.nodeValue ?? '', own, policy) : '')).join('')
  const isField = /^(?:input|textarea|select|option)$/.test(it.localName)
  const ofField = isField ? { value: fieldValue(it, own, policy), isChosen: maySelect(it, own) } : {}
  return { level: LEVELS[own]!, fate: (['shown', 'boxed', 'left'] as const)[fate]!, attributes, text, ...ofField }
}

const it = (): Element => document.querySelector('[it]') ?? document.querySelector('#host')!.shadowRoot!.querySelector('[it]')!

Object.assign(globalThis, { decide, it, learn })
