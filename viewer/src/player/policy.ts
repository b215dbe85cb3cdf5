/**
 * What of a recorded document is shown, and as what. The frame forbids scripts and requests by itself (`frame.ts`); this is the
 * second wall, for the day the first has a hole: nothing that could run or fetch gets into the frame at all.
 */
import { isInline, safeCss, safeDeclarations, trimmed } from './css.ts';
import { MARK } from './marks.ts';
import type { Namespace } from './operation.ts';

/** Elements that are left out with all that is in them, in whatever namespace. */
const DROPPED_ELEMENTS = new Set([
  'script', 'noscript', 'object', 'embed', 'applet', 'base', 'meta', 'param', 'portal', 'fencedframe', 'bgsound', 'webview', 'handler', 'listener', 'discard',
]);

/** Attributes whose value is an address, or several. */
const ADDRESSES = new Set([
  'href', 'src', 'srcset', 'imagesrcset', 'poster', 'background', 'action', 'formaction', 'data', 'cite', 'longdesc', 'profile', 'manifest', 'codebase',
  'classid', 'archive', 'icon', 'lowsrc', 'dynsrc', 'ping', 'srcdoc', 'usemap', 'code', 'attributionsrc', 'xlink:href', 'pluginspage', 'base', 'xml:base', 'folder',
]);

/** Attributes that make an element do something. */
const DROPPED_ATTRIBUTES = new Set([
  'target', 'formtarget', 'autofocus', 'autoplay', 'preload', 'http-equiv', 'nonce', 'integrity', 'crossorigin', 'sandbox', 'allow', 'allowfullscreen', 'csp', 'is',
  'download', 'referrerpolicy', 'fetchpriority', 'blocking', 'xmlns', 'command', 'commandfor', 'credentialless', 'browsingtopics', 'sharedstoragewritable', 'imagesizes',
]);

/** Elements whose address is an image. */
const IMAGES = new Set(['img', 'input', 'source', 'image', 'feimage']);

/** What an animation must not change. */
const UNANIMATED = /^(?:xlink:)?href$|^on|^src|^style$|^data|^action|^formaction|^xml/i;

const CODE = /^(?:javascript|vbscript|livescript|mocha|data:text\/html|data:application\/xhtml|data:text\/xml)/i;

const XLINK = 'http://www.w3.org/1999/xlink';
const XML = 'http://www.w3.org/XML/1998/namespace';

/** Characters kept of a value that is only for show. */
const MAX_KEPT_CHARS = 2_000;

export interface Shown {
  readonly name: string;
  readonly value: string;
  readonly namespace: string | null;
}

export function isDropped(name: string): boolean {
  // A prefix does not make it another element: `x:script` is one in the namespace of SVG.
  return DROPPED_ELEMENTS.has(name.slice(name.lastIndexOf(':') + 1).toLowerCase());
}

/** What is shown of an attribute. Addresses outside are kept in an attribute of ours: they tell what was there. */
export function shownAttributes(element: string, namespace: Namespace, recorded: string, value: string): readonly Shown[] {
  const name = namespace === 'html' ? recorded.toLowerCase() : recorded;
  const lower = recorded.toLowerCase();
  const local = lower.slice(lower.lastIndexOf(':') + 1);
  if (lower.startsWith(MARK) || lower.startsWith('xmlns') || local.startsWith('on') || DROPPED_ATTRIBUTES.has(local)) return [];
  if (ADDRESSES.has(lower) || ADDRESSES.has(local)) return address(element, namespace, lower, local, value);
  if (isFrame(element) && (local === 'name' || local === 'loading')) return [];
  if (element === 'link' && local === 'rel') return [kept(lower, value)];
  if (local === 'style') return [plain(name, safeDeclarations(value))];
  if (local === 'attributename' && UNANIMATED.test(value.trim())) return [kept(lower, value)];
  if (CODE.test(trimmed(value)) && !isText(local)) return [];
  // Attributes of SVG are properties of CSS, too.
  if (namespace === 'svg' && /[(\\]/.test(value)) return [plain(name, safeDeclarations(value))];
  return [plain(name, value)];
}

/** The content of a style element. */
export function shownCss(text: string): string {
  return safeCss(text);
}

/** Where a value is kept that is not shown. */
export function keptName(recorded: string): string {
  return `${MARK}was-${recorded.toLowerCase().replace(/[^a-z0-9_-]/g, '-')}`;
}

/** Whether an element holds a document: empty, and under our policy (`frame.ts`). */
export function isFrame(element: string): boolean {
  return element === 'iframe' || element === 'frame';
}

function address(element: string, namespace: Namespace, name: string, local: string, value: string): readonly Shown[] {
  const isLocal = trimmed(value).startsWith('#');
  const lower = element.toLowerCase();
  if (namespace === 'svg' && local === 'href') {
    const isShown = isLocal || (IMAGES.has(lower) && isInlineImage(value));
    return isShown ? [plain(name.startsWith('xlink:') ? 'xlink:href' : 'href', value)] : [kept(name, value)];
  }
  // It stays a link, and looks like one.
  if (name === 'href' && (element === 'a' || element === 'area')) return isLocal ? [plain(name, value)] : [plain(name, '#'), kept(name, value)];
  if (local === 'src' && IMAGES.has(lower) && isInlineImage(value)) return [plain('src', value)];
  if (local === 'usemap' && isLocal) return [plain(name, value)];
  return [kept(name, value)];
}

function isInlineImage(value: string): boolean {
  return isInline(value) && /^data:image\//i.test(trimmed(value));
}

/** Text for people, in which any word may stand. */
function isText(name: string): boolean {
  return name === 'alt' || name === 'title' || name === 'placeholder' || name === 'value' || name === 'label' || name === 'content' || name.startsWith('aria-') || name.startsWith('data-') || name === 'class' || name === 'id';
}

function plain(name: string, value: string): Shown {
  if (name.startsWith('xlink:')) return { name, value, namespace: XLINK };
  if (name.startsWith('xml:')) return { name, value, namespace: XML };
  return { name, value, namespace: null };
}

function kept(name: string, value: string): Shown {
  return plain(keptName(name), value.slice(0, MAX_KEPT_CHARS));
}
