// What the tap is to tell of a document, read in the simplest way there is: recursively and all of it.
// In the form of `told`.

import { attributeValue } from '../../../../js-loader/src/replay/privacy/attribute.ts'
import { Fate, fateOf, levelOf } from '../../../../js-loader/src/replay/privacy/element.ts'
import { Level, type Policy } from '../../../../js-loader/src/replay/privacy/level.ts'
import { textAt } from '../../../../js-loader/src/replay/privacy/text.ts'

export function shown(document: Document, policy: Policy, hasFrames: boolean): string {
  const lines: string[] = []
  const line = (depth: number, text: string): void => void lines.push(`${' '.repeat(Math.min(depth, 40))}${depth} ${text}`)

  const root = (node: Document | ShadowRoot, depth: number, level: Level): void => {
    line(depth, node.nodeType === 9 ? '#document' : '#shadow-root')
    children(node, depth, level)
  }
  const children = (parent: Node, depth: number, level: Level): void => {
    for (const child of Reflect.get(Node.prototype, 'childNodes', parent) as NodeList) {
      const type = Reflect.get(Node.prototype, 'nodeType', child) as number
      if (type === 1) element(child as Element, depth + 1, level)
      else if (type === 3) {
        const text = child.nodeValue ?? ''
        const value = textAt(text, level, policy)
        line(depth + 1, `#text${value && ` ${JSON.stringify(value)}`}`)
      } else if (type === 4) line(depth + 1, '#cdata')
      else if (type === 10) {
        const { name, publicId, systemId } = child as DocumentType
        line(depth + 1, `! ${JSON.stringify(`${name},${publicId},${systemId}`)}`)
      }
    }
  }
  const element = (element: Element, depth: number, inherited: Level): void => {
    const level = levelOf(element, inherited, policy)
    const fate = fateOf(element, level)
    if (fate === Fate.Left) return
    const prefix = element.namespaceURI?.endsWith('/svg') ? 'svg>' : element.namespaceURI?.endsWith('MathML') ? 'math>' : ''
    const name = prefix + String(Reflect.get(Node.prototype, 'nodeName', element))
    const attributes = fate === Fate.Shown
      ? [...(Reflect.get(Element.prototype, 'attributes', element) as NamedNodeMap)].flatMap((attribute) => {
          const value = attributeValue(element, attribute.name, attribute.value, level, policy)
          return value === undefined ? [] : [` ${attribute.name}=${JSON.stringify(value)}`]
        })
      : []
    line(depth, name + attributes.toSorted().join(''))
    if (fate === Fate.Boxed) return
    if (name === 'IFRAME') {
      const content = hasFrames && (element as HTMLIFrameElement).contentDocument
      if (content) root(content, depth + 1, level)
    } else if (name !== 'STYLE' && name !== 'svg>style') {
      if (element.shadowRoot) root(element.shadowRoot, depth + 1, level)
      children(element, depth, level)
    }
  }
  root(document, 0, policy.fallback)
  return lines.join('\n')
}
