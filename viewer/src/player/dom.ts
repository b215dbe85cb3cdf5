/**
 * The DOM, past the names that a document can take over: `<form name="createElement">` stands in for
 * `document.createElement`, and `<input name="insertBefore">` for the same of its form.
 */

type Method<This, Args extends unknown[], Result> = (self: This, ...args: Args) => Result;

function method<This, Args extends unknown[], Result>(of: (this: This, ...args: Args) => Result): Method<This, Args, Result> {
  return (self, ...args) => Reflect.apply(of, self, args);
}

function getter<This, Name extends string, Value>(prototype: object, name: Name): (self: This) => Value {
  const { get } = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  return (self) => Reflect.apply(get as () => Value, self, []);
}

function setter<This, Value>(prototype: object, name: string): (self: This, value: Value) => void {
  const { set } = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  return (self, value) => Reflect.apply(set as (value: Value) => void, self, [value]);
}

export const createElement = method(Document.prototype.createElement as (this: Document, name: string) => Element);
export const createElementNS = method(Document.prototype.createElementNS as (this: Document, namespace: string, name: string) => Element);
export const createTextNode = method(Document.prototype.createTextNode);
export const implementationOf = getter<Document, 'implementation', DOMImplementation>(Document.prototype, 'implementation');
export const scrollingElementOf = getter<Document, 'scrollingElement', Element | null>(Document.prototype, 'scrollingElement');
export const openDocument = method(Document.prototype.open as (this: Document) => Document);
export const writeDocument = method(Document.prototype.write as (this: Document, text: string) => void);
export const closeDocument = method(Document.prototype.close);
export const selectionOf = method(Document.prototype.getSelection);
export const animationsOf = method(Document.prototype.getAnimations as (this: Document) => Animation[]);
export const timelineOf = getter<Document, 'timeline', DocumentTimeline>(Document.prototype, 'timeline');
export const adoptIntoDocument = setter<Document, CSSStyleSheet[]>(Document.prototype, 'adoptedStyleSheets');
export const adoptIntoShadow = setter<ShadowRoot, CSSStyleSheet[]>(ShadowRoot.prototype, 'adoptedStyleSheets');

export const insertBefore = method(Node.prototype.insertBefore as (this: Node, node: Node, before: Node | null) => Node);
export const removeChild = method(Node.prototype.removeChild as (this: Node, node: Node) => Node);
export const parentOf = getter<Node, 'parentNode', ParentNode & Node | null>(Node.prototype, 'parentNode');
export const firstChildOf = getter<Node, 'firstChild', ChildNode | null>(Node.prototype, 'firstChild');
export const nodeTypeOf = getter<Node, 'nodeType', number>(Node.prototype, 'nodeType');
export const childNodesOf = getter<Node, 'childNodes', NodeListOf<ChildNode>>(Node.prototype, 'childNodes');
/** Nothing for a document. */
export const ownerDocumentOf = getter<Node, 'ownerDocument', Document | null>(Node.prototype, 'ownerDocument');
export const setText = setter<Node, string>(Node.prototype, 'textContent');

export const getAttribute = method(Element.prototype.getAttribute);
export const setAttributeNS = method(Element.prototype.setAttributeNS as (this: Element, namespace: string | null, name: string, value: string) => void);
export const setAttribute = method(Element.prototype.setAttribute);
export const removeAttribute = method(Element.prototype.removeAttribute);
export const localNameOf = getter<Element, 'localName', string>(Element.prototype, 'localName');
export const namespaceOf = getter<Element, 'namespaceURI', string | null>(Element.prototype, 'namespaceURI');
export const matches = method(Element.prototype.matches as (this: Element, selector: string) => boolean);
export const closest = method(Element.prototype.closest as (this: Element, selector: string) => Element | null);
export const attachShadow = method(Element.prototype.attachShadow);
export const shadowRootOf = getter<Element, 'shadowRoot', ShadowRoot | null>(Element.prototype, 'shadowRoot');
export const scrollLeftOf = getter<Element, 'scrollLeft', number>(Element.prototype, 'scrollLeft');
export const scrollTopOf = getter<Element, 'scrollTop', number>(Element.prototype, 'scrollTop');
export const scrollTo = method(Element.prototype.scrollTo as (this: Element, options: ScrollToOptions) => void);
export const styleOf = getter<HTMLElement, 'style', CSSStyleDeclaration>(HTMLElement.prototype, 'style');
export const svgStyleOf = getter<SVGElement, 'style', CSSStyleDeclaration>(SVGElement.prototype, 'style');

// Not in every browser, so looked up without its parts.
export const showPopover = method(HTMLElement.prototype.showPopover as (this: HTMLElement) => void);
export const hidePopover = method(HTMLElement.prototype.hidePopover as (this: HTMLElement) => void);

/** Takes a node out of wherever it is. */
export function detach(node: Node): void {
  const parent = parentOf(node);
  if (parent) removeChild(parent, node);
}
