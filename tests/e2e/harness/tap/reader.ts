// Reads the tap's operations as the engine does, but forgives nothing: what refers to a node that is not there, or gives a
// number twice, is a fault of the tap.

import { Op, type Packed } from '../../../../js-loader/src/replay/ops.ts'

interface Told {
  id: number
  kind: string
  attributes: Map<string, string>
  text: string
  parent: Told | undefined
  children: Told[]
  shadow: Told | undefined
}

/** Keeps what looks like a byte order mark: it is a text's own. */

/** Operations that add a node. */
const NODE_OPS = new Set<number>([Op.Element, Op.Text, Op.DocType, Op.Document, Op.ShadowRoot, Op.CData])

export class Reader {
  root: Told | undefined
  isWalked = false
  /** Operations read, by kind. */
  readonly counts = new Map<number, number>()
  private readonly nodes = new Map<number, Told>()
  private readonly names: string[] = []
  private words = new Int32Array()
  private at = 0
  private texts: string[] = []
  private textAt = 0
  private highest = 0

  read({ words, texts }: Packed): void {
    this.words = words
    this.at = 0
    this.textAt = 0
    this.texts = texts.length > 0 || words.length > 0 ? texts.split('\0') : []
    while (this.at < words.length) this.operation(this.word())
    // Of no text at all there is one, an empty one.
    if (this.textAt < this.texts.length && texts.length > 0) throw new Error(`${this.texts.length - this.textAt} texts are left`)
  }

  private operation(op: number): void {
    this.counts.set(op, (this.counts.get(op) ?? 0) + 1)
    if (NODE_OPS.has(op)) return this.added(op)
    if (op === Op.Walked) {
      this.isWalked = true
      return
    }
    const node = this.known(this.word())
    if (op === Op.Remove) this.removed(node)
    else if (op === Op.Move) this.moved(node)
    else if (op === Op.Attribute) node.attributes.set(this.name(), this.text())
    else if (op === Op.AttributeRemoved) node.attributes.delete(this.name())
    else if (op === Op.Data) node.text = this.text()
    else throw new Error(`operation ${op} is not one of the tree`)
  }

  private added(op: number): void {
    const id = this.word()
    const parent = this.word()
    if (id <= this.highest) throw new Error(`number ${id} is given again`)
    this.highest = id
    const node: Told = { id, kind: '', attributes: new Map(), text: '', parent: undefined, children: [], shadow: undefined }
    this.nodes.set(id, node)
    if (op === Op.Document || op === Op.ShadowRoot) {
      node.kind = op === Op.Document ? '#document' : '#shadow-root'
      if (op === Op.ShadowRoot) {
        const host = this.known(parent)
        if (host.shadow) throw new Error('a host gets a second shadow tree')
        host.shadow = node
        node.parent = host
      } else if (parent) this.insert(node, parent, 0)
      else this.root = node
      return
    }
    const before = this.word()
    if (op === Op.Element) {
      node.kind = this.name()
      for (let count = this.word(); count > 0; count--) node.attributes.set(this.name(), this.text())
    } else if (op === Op.Text) {
      node.kind = '#text'
      node.text = this.text()
    } else if (op === Op.DocType) {
      node.kind = '!'
      node.text = `${this.text()},${this.text()},${this.text()}`
    } else node.kind = '#cdata'
    this.insert(node, parent, before)
  }

  private insert(node: Told, parentId: number, beforeId: number): void {
    const parent = this.known(parentId)
    for (let at: Told | undefined = parent; at; at = at.parent) if (at === node) throw new Error('a node is put into itself')
    node.parent = parent
    const index = beforeId ? parent.children.indexOf(this.known(beforeId)) : parent.children.length
    if (index < 0) throw new Error(`${beforeId} is no child of ${parentId}`)
    parent.children.splice(index, 0, node)
  }

  private detach(node: Told): void {
    const { parent } = node
    if (!parent) throw new Error('the document goes elsewhere')
    if (parent.shadow === node) parent.shadow = undefined
    else parent.children.splice(parent.children.indexOf(node), 1)
    node.parent = undefined
  }

  private removed(node: Told): void {
    this.detach(node)
    const below = [node]
    for (let one = below.pop(); one; one = below.pop()) {
      this.nodes.delete(one.id)
      for (const child of one.children) below.push(child)
      if (one.shadow) below.push(one.shadow)
    }
  }

  private moved(node: Told): void {
    const parent = this.word()
    const before = this.word()
    if (before === node.id) throw new Error('a node is put before itself')
    this.detach(node)
    this.insert(node, parent, before)
  }

  private known(id: number): Told {
    const node = this.nodes.get(id)
    if (!node) throw new Error(`there is no node ${id}`)
    return node
  }

  private word(): number {
    const word = this.words[this.at++]
    if (word === undefined) throw new Error('an operation is cut off')
    return word
  }

  private text(): string {
    const text = this.texts[this.textAt++]
    if (text === undefined) throw new Error('a text is missing')
    return text
  }

  private name(): string {
    const word = this.word()
    if (word & 1) this.names.push(this.text())
    const name = this.names[word >> 4]
    if (name === undefined) throw new Error(`name ${word >> 4} was not told`)
    return name
  }
}

/** The tree as text, a line a node. */
export function told(root: Told | undefined): string {
  const lines: string[] = []
  const stack: [Told, number][] = root ? [[root, 0]] : []
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [node, depth] = top
    const attributes = [...node.attributes].map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).toSorted()
    lines.push(`${' '.repeat(Math.min(depth, 40))}${depth} ${node.kind}${attributes.join('')}${node.text && ` ${JSON.stringify(node.text)}`}`)
    for (const child of node.children.toReversed()) stack.push([child, depth + 1])
    if (node.shadow) stack.push([node.shadow, depth + 1])
  }
  return lines.join('\n')
}
