/**
 * The frame a recording is shown in, and those inside it. Its sandbox allows nothing but that we reach into it: no script
 * runs in it, no form is sent, nothing navigates. Its policy lets nothing be fetched.
 */
import { elementName, type ModelNode } from './document-model.ts';
import { adoptIntoDocument, closeDocument, createElementNS, firstChildOf, openDocument, removeChild, setAttribute, setText, writeDocument } from './dom.ts';
import { MARK } from './marks.ts';

export const XHTML = 'http://www.w3.org/1999/xhtml';

export const SANDBOX = 'allow-same-origin';

export const FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";

/** A frame's own realm: its constructors are what its documents take. */
export type Realm = Window & typeof globalThis;

export interface FrameDocument {
  readonly document: Document;
  readonly realm: Realm;
}

/**
 * What every document of a recording gets beside its own styles. In a layer, so that any style of the page wins; important
 * ones in a layer win over the page's.
 */
const PLAYER_CSS = `@layer ${MARK}base {
  * { overflow-anchor: none !important; scroll-behavior: auto !important; }
  [${MARK}focus] { outline: auto; }
  [${MARK}size] { background: repeating-linear-gradient(45deg, #d8dce3 0 8px, #e6e9ee 8px 16px); }
  video, audio, canvas[${MARK}image] { background: #c9ced8; }
  [${MARK}plays=true] { outline: 2px solid #3b5bdb; }
  [${MARK}fullscreen] {
    position: fixed !important; inset: 0 !important; margin: 0 !important; box-sizing: border-box !important;
    width: 100% !important; height: 100% !important; max-width: none !important; max-height: none !important;
    object-fit: contain; z-index: 2147483647 !important;
  }
}`;

/** Characters of the identifiers that browsers know; none of them ends the doctype. */
const IDENTIFIER = /^[-\w /.:+,()]*$/;

/**
 * The doctype of a recorded document as a parser is to read it, or nothing. Only a parser decides on quirks (HTML 13.2.6.4.1), and
 * only an identifier that it knows makes a difference: another one is as good as any.
 */
export function doctypeOf(document: ModelNode): string {
  for (let child = document.first; child; child = child.next) {
    if (child.content.kind !== 'doctype') continue;
    const { content } = child;
    const name = content.name.toLowerCase() === 'html' ? 'html' : 'other';
    const [publicId, systemId] = [content.publicId, content.systemId].map((id) => (IDENTIFIER.test(id) ? id : 'other'));
    if (publicId) return `<!DOCTYPE ${name} PUBLIC "${publicId}"${systemId ? ` "${systemId}"` : ''}>`;
    return systemId ? `<!DOCTYPE ${name} SYSTEM "${systemId}">` : `<!DOCTYPE ${name}>`;
  }
  return '';
}

/** Gives a frame that is in a document an empty document of its own, under our policy. */
export function openFrame(frame: HTMLIFrameElement | HTMLFrameElement, doctype: string): FrameDocument | undefined {
  // No field and no image takes the names of a frame's properties.
  const [document, realm] = [frame.contentDocument, frame.contentWindow as Realm | null];
  if (!document || !realm) return undefined;
  openDocument(document);
  // It may have had another document's.
  adoptIntoDocument(document, []);
  writeDocument(document, `${doctype}<html><head><meta http-equiv="Content-Security-Policy" content="${FRAME_POLICY}"></head><body></body></html>`);
  closeDocument(document);
  // The policy stays with the document when the element that brought it goes.
  for (let child = firstChildOf(document); child; child = firstChildOf(document)) removeChild(document, child);
  return { document, realm };
}

/** What stands first in the head of every document: the policy, to be seen, and our style sheet. */
export function headNodes(document: Document): Element[] {
  const meta = createElementNS(document, XHTML, 'meta');
  setAttribute(meta, 'http-equiv', 'Content-Security-Policy');
  setAttribute(meta, 'content', FRAME_POLICY);
  const style = createElementNS(document, XHTML, 'style');
  setText(style, PLAYER_CSS);
  for (const element of [meta, style]) setAttribute(element, `${MARK}own`, '');
  return [meta, style];
}

/** Whether a node is the head of its document. */
export function isHead(node: ModelNode): boolean {
  return elementName(node) === 'head' && elementName(node.parent) === 'html' && node.parent?.parent?.content.kind === 'document';
}
