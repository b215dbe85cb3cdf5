/**
 * The frame a recording is shown in, and those inside it. Its sandbox allows nothing but that we reach into it: no script
 * runs in it, no form is sent, nothing navigates. Its policy lets nothing be fetched.
 */
import { elementName, type ModelNode } from './document-model.ts';
import { closeDocument, createElementNS, firstChildOf, frameDocumentOf, frameWindowOf, openDocument, removeChild, setAttribute, setText, writeDocument } from './dom.ts';
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

/** What the browser makes of a document depends on its type; the recorded one is never written as it is. */
const DOCTYPES = {
  standards: '<!DOCTYPE html>',
  limited: '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
  quirks: '',
} as const;

type Mode = keyof typeof DOCTYPES;

const LIMITED = /^-\/\/W3C\/\/DTD XHTML 1\.0 (?:Frameset|Transitional)\/\//i;
const LIMITED_WITH_SYSTEM_ID = /^-\/\/W3C\/\/DTD HTML 4\.01 (?:Frameset|Transitional)\/\//i;
const QUIRKS = /^(?:-\/\/W3C\/\/DTD HTML (?:3|4\.0 )|-\/\/W3C\/\/DTD W3 HTML|-\/\/W3O\/\/|-\/\/IETF\/\/|-\/\/Netscape|-\/\/Microsoft|-\/W3C\/DTD HTML 4|HTML$)/i;

/** The mode a recorded document was in (HTML 13.2.6.4.1, the common cases). */
export function modeOf(document: ModelNode): Mode {
  for (let child = document.first; child; child = child.next) {
    if (child.content.kind !== 'doctype') continue;
    const { name, publicId, systemId } = child.content;
    if (name.toLowerCase() !== 'html' || QUIRKS.test(publicId)) return 'quirks';
    if (LIMITED.test(publicId)) return 'limited';
    if (LIMITED_WITH_SYSTEM_ID.test(publicId)) return systemId === '' ? 'quirks' : 'limited';
    return 'standards';
  }
  return 'quirks';
}

/** Gives a frame that is in a document an empty document of its own, under our policy. */
export function openFrame(frame: HTMLIFrameElement, mode: Mode): FrameDocument | undefined {
  const [document, realm] = [frameDocumentOf(frame), frameWindowOf(frame)];
  if (!document || !realm) return undefined;
  openDocument(document);
  writeDocument(document, `${DOCTYPES[mode]}<html><head><meta http-equiv="Content-Security-Policy" content="${FRAME_POLICY}"></head><body></body></html>`);
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
