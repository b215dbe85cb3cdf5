// A page that does what pages do to a DOM, and worse, at random but the same for the same seed.

export class RandomPage {
  private state: number
  private readonly document: Document
  /** Subtrees taken out of the document, to be changed there and to come back. */
  private readonly pool: Node[] = []
  private readonly closedRoots: ShadowRoot[] = []
  private readonly elsewhere = document.implementation.createHTMLDocument('elsewhere')
  private serial = 0

  constructor(document: Document, seed: number) {
    this.document = document
    this.state = seed * 2_654_435_761 + 1
  }

  /** From 0 to below `limit` (xorshift32). */
  below(limit: number): number {
    this.state ^= this.state << 13
    this.state ^= this.state >>> 17
    this.state ^= this.state << 5
    return (this.state >>> 0) % limit
  }

  private pick<T>(list: ArrayLike<T>): T | undefined {
    return list.length ? list[this.below(list.length)] : undefined
  }

  /** Fills the document anew. */
  fill(nodes: number): void {
    this.document.body.replaceChildren()
    for (let count = 0; count < nodes; count++) this.parent().append(this.leaf())
  }

  /** One change, of a kind chosen at random. */
  step(): void {
    const kinds = [
      this.insert, this.insert, this.insertTree, this.move, this.move, this.move, this.remove, this.remove, this.takeOut,
      this.putBack, this.putBack, this.changeElsewhere, this.replaceAll, this.markup, this.setText, this.setData, this.setAttribute,
      this.setAttribute, this.split, this.wrap, this.unwrap, this.turnInsideOut, this.sort, this.attach, this.hide,
      this.intoClosed, this.outOfClosed, this.elsewhereAndBack, this.reverse, this.privacy, this.frame,
    ]
    kinds[this.below(kinds.length)]!.call(this)
  }

  /** All open trees of the document, that of frames included. */
  private roots(): (Document | ShadowRoot)[] {
    const found: (Document | ShadowRoot)[] = [this.document]
    for (const root of found) {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) found.push(element.shadowRoot)
        if (element instanceof HTMLIFrameElement && element.contentDocument?.body) found.push(element.contentDocument)
      }
    }
    return found
  }

  private parent(): Element | ShadowRoot {
    const root = this.pick(this.roots())!
    const within = root.nodeType === 9 ? (root as Document).body : (root as ShadowRoot)
    const parents = [...within.querySelectorAll('div,p,ul,li,g,svg,span')]
    return (this.below(8) ? this.pick(parents) : undefined) ?? within
  }

  private node(): ChildNode | undefined {
    return this.pick(this.parent().childNodes)
  }

  private leaf(): ChildNode {
    const name = ++this.serial
    switch (this.below(14)) {
      case 0: case 1: case 2: return this.document.createTextNode(`text ${name}`)
      case 3: return this.document.createTextNode(this.below(2) ? '' : '\n  ')
      case 4: return this.document.createComment(`comment ${name}`)
      case 5: return this.document.createElementNS('http://www.w3.org/2000/svg', this.below(2) ? 'g' : 'path')
      case 6: return Object.assign(this.document.createElement('style'), { textContent: `.a${name} { color: red }` })
      case 7: return Object.assign(this.document.createElement('script'), { type: 'text/x-nothing', textContent: 'nothing' })
      case 8: return Object.assign(this.document.createElement(this.pick(['img', 'link', 'input', 'button', 'textarea', 'meta'])!), { title: `t${name}` })
      default: {
        const element = this.document.createElement(this.pick(['div', 'div', 'p', 'span', 'ul', 'li'])!)
        element.className = `c${name % 7}`
        if (this.below(3) === 0) element.id = `i${name}`
        return element
      }
    }
  }

  private tree(): Element {
    const top = this.document.createElement('div')
    const parents: Element[] = [top]
    for (let count = this.below(40); count > 0; count--) {
      const leaf = this.leaf()
      this.pick(parents)!.append(leaf)
      if (leaf instanceof Element && /div|p|ul/.test(leaf.localName)) parents.push(leaf)
    }
    return top
  }

  private place(node: Node, parent: ParentNode & Node = this.parent()): void {
    if (node.contains(parent)) return
    // A host into its own shadow tree.
    for (let root = parent.getRootNode(); root instanceof ShadowRoot; root = root.host.getRootNode()) if (node.contains(root.host)) return
    parent.insertBefore(node, this.pick([...parent.childNodes].filter((child) => child !== node)) ?? null)
  }

  private insert(): void {
    this.place(this.leaf())
  }

  private insertTree(): void {
    this.place(this.tree())
  }

  private move(): void {
    const node = this.node()
    if (node) this.place(node)
  }

  private remove(): void {
    this.node()?.remove()
  }

  private takeOut(): void {
    const node = this.node()
    if (!node) return
    node.remove()
    this.pool.push(node)
  }

  private putBack(): void {
    const node = this.pool.splice(this.below(this.pool.length || 1), 1)[0]
    if (node) this.place(node)
  }

  /** Nobody observes what happens there. */
  private changeElsewhere(): void {
    const top = this.pick(this.pool)
    if (!(top instanceof Element)) return
    const inner = this.pick(top.querySelectorAll('*'))
    if (inner && this.below(2)) {
      inner.remove()
      if (this.below(2)) this.pool.push(inner)
      else if (this.below(2)) this.place(inner)
    } else top.append(this.below(2) ? (this.node() ?? this.leaf()) : this.leaf())
  }

  private replaceAll(): void {
    const parent = this.parent()
    if (parent.childNodes.length < 30) parent.replaceChildren(...Array.from({ length: this.below(6) }, () => this.leaf()))
  }

  private markup(): void {
    const parent = this.parent()
    if (parent.childNodes.length < 30) parent.innerHTML = `<p class=m>a<!-- b --><i>${++this.serial}</i></p><style>i{}</style>c<template><b>d</b></template>`
  }

  private setText(): void {
    const parent = this.parent()
    if (parent.childNodes.length < 10) parent.textContent = `whole ${++this.serial}`
  }

  private setData(): void {
    const node = this.node()
    if (node instanceof CharacterData) node.data = this.below(4) ? `data ${++this.serial}` : ''
  }

  private setAttribute(): void {
    const parent = this.parent()
    if (!(parent instanceof Element)) return
    const field = this.pick(parent.querySelectorAll('img,link,input,textarea'))
    field?.setAttribute(this.pick(['type', 'rel', 'name', 'class'])!, this.pick(['hidden', 'stylesheet', 'text', 'otp', 'email'])!)
    const name = this.pick(['class', 'class', 'id', 'title', 'style', 'xlink:href'])!
    if (this.below(4) === 0) parent.removeAttribute(name)
    else if (name === 'xlink:href') parent.setAttributeNS('http://www.w3.org/1999/xlink', name, `#x${++this.serial}`)
    else parent.setAttribute(name, name === 'style' ? `width: ${++this.serial}px` : `v${++this.serial}`)
  }

  private split(): void {
    const parent = this.parent()
    const text = this.pick([...parent.childNodes].filter((child) => child instanceof Text))
    if (text && text.length > 1 && this.below(2)) text.splitText(1)
    else parent.normalize()
  }

  private wrap(): void {
    const node = this.node()
    if (!node) return
    const wrapper = this.document.createElement('div')
    node.replaceWith(wrapper)
    wrapper.append(this.document.createTextNode('wrapped'), node)
  }

  private unwrap(): void {
    const node = this.node()
    if (node instanceof Element && !node.shadowRoot) node.replaceWith(...node.childNodes)
  }

  /** A child becomes the parent of its parent. */
  private turnInsideOut(): void {
    const outer = this.node()
    const inner = outer instanceof Element && this.pick(outer.querySelectorAll('div,p,li'))
    if (!inner) return
    // So that it is the first of the two that is touched.
    if (this.below(2)) outer.parentNode!.appendChild(outer)
    outer.replaceWith(inner)
    inner.append(outer)
  }

  private sort(): void {
    const parent = this.parent()
    for (const child of [...parent.childNodes].toSorted((one, other) => one.nodeName.localeCompare(other.nodeName))) parent.append(child)
  }

  private reverse(): void {
    const parent = this.parent()
    for (const child of [...parent.childNodes]) parent.prepend(child)
  }

  private attach(): void {
    const host = this.parent()
    if (!(host instanceof HTMLElement) || !['div', 'p', 'span'].includes(host.localName) || host.shadowRoot) return
    const isClosed = this.below(4) === 0
    try {
      const root = host.attachShadow({ mode: isClosed ? 'closed' : 'open' })
      root.append(this.tree(), this.leaf())
      if (isClosed) this.closedRoots.push(root)
    } catch {
      // It has a closed one.
    }
  }

  /** What is touched while it is out for a moment. */
  private hide(): void {
    const node = this.node()
    if (!(node instanceof Element) || node.shadowRoot) return
    const parent = node.parentNode!
    const next = node.nextSibling
    node.remove()
    node.append(this.leaf())
    node.firstChild?.remove()
    parent.insertBefore(node, next)
  }

  private intoClosed(): void {
    const root = this.pick(this.closedRoots)
    const node = this.node()
    if (root && node) this.place(node, root)
  }

  private outOfClosed(): void {
    const inside = this.pick(this.pick(this.closedRoots)?.querySelectorAll('*') ?? [])
    if (!inside) return
    if (this.below(2)) inside.firstChild?.remove()
    this.place(inside)
  }

  private elsewhereAndBack(): void {
    const node = this.below(2) ? this.node() : this.elsewhere.body.firstChild
    if (!node) return
    if (node.ownerDocument === this.elsewhere) this.place(node)
    else if (node.ownerDocument === this.document) this.elsewhere.body.append(node)
  }

  private privacy(): void {
    const parent = this.parent()
    if (!(parent instanceof Element)) return
    if (this.below(3) === 0) parent.removeAttribute('data-dd-privacy')
    else parent.setAttribute('data-dd-privacy', this.pick(['mask', 'allow', 'hidden', 'mask-user-input'])!)
  }

  private frame(): void {
    const frames = this.document.querySelectorAll('iframe')
    if (frames.length < 3) this.parent().append(Object.assign(this.document.createElement('iframe'), { className: 'frame' }))
    else if (this.below(3) === 0) this.pick(frames)?.remove()
  }
}
