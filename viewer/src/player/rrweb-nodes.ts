/** Nodes of the model as rrweb writes them; what is set on them is told by attributes that no document has. */
import { childrenOf, elementName, type DocumentModel, type ModelNode } from './document-model.ts';

/** Types of nodes: document 0, doctype 1, element 2, text 3, CDATA 4. */
export interface RrwebNode {
  readonly type: number;
  readonly id: number;
  readonly childNodes?: RrwebNode[];
  readonly [field: string]: unknown;
}

/** A node with all below it. Documents of frames are told apart: they are put into `nested`. */
export function serializeTree(node: ModelNode, model: DocumentModel, nested: ModelNode[]): RrwebNode {
  const children: RrwebNode[] = [];
  for (const child of childrenOf(node)) {
    if (child.content.kind === 'document') nested.push(child);
    else if (child.content.kind === 'shadow') children.push(...childrenOf(child).map((inner) => serializeTree(inner, model, nested)));
    else children.push(serializeTree(child, model, nested));
  }
  const written = serializeNode(node, model);
  return written.childNodes ? { ...written, childNodes: children } : written;
}

/** A node by itself. */
export function serializeNode(node: ModelNode, model: DocumentModel): RrwebNode {
  const id = node.id + 1;
  const shadow = node.parent?.content.kind === 'shadow' ? { isShadow: true } : {};
  const { content } = node;
  switch (content.kind) {
    case 'document':
    case 'fragment':
    case 'shadow':
      return { type: 0, id, childNodes: [] };
    case 'doctype':
      return { type: 1, id, name: content.name, publicId: content.publicId, systemId: content.systemId };
    case 'text':
      return { type: 3, id, textContent: node.text, ...shadow, ...(elementName(node.parent) === 'style' ? { isStyle: true } : {}) };
    case 'cdata':
      return { type: 4, id, textContent: '', ...shadow };
    case 'element': {
      const isHost = childrenOf(node).some((child) => child.content.kind === 'shadow');
      const svg = content.namespace === 'svg' ? { isSVG: true } : {};
      return { type: 2, id, tagName: content.name, attributes: attributesOf(node, model), childNodes: [], ...svg, ...shadow, ...(isHost ? { isShadowHost: true } : {}) };
    }
  }
}

/** The text of the sheets of a `<style>` or `<link>`. */
export function sheetText(node: ModelNode, model: DocumentModel): string {
  const sheets = (node.state.sheets ?? []).map((id) => model.sheets.get(id)).filter((sheet) => sheet !== undefined && !sheet.isDisabled);
  const texts = sheets.map((sheet) => {
    const rules = sheet?.rules.join('\n') ?? '';
    return sheet?.media.length ? `@media ${sheet.media.join(', ')} { ${rules} }` : rules;
  });
  return texts.join('\n');
}

function attributesOf(node: ModelNode, model: DocumentModel): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = Object.fromEntries(node.attributes);
  const { size, scroll, value, choice, media, layer, sheets } = node.state;
  if (sheets) attributes['_cssText'] = sheetText(node, model);
  if (size) Object.assign(attributes, { rr_width: `${size.width}px`, rr_height: `${size.height}px` });
  if (scroll) Object.assign(attributes, { rr_scrollLeft: scroll.x, rr_scrollTop: scroll.y });
  if (media?.['plays'] !== undefined) attributes['rr_mediaState'] = media['plays'] === 'true' ? 'played' : 'paused';
  if (layer?.value === 'modal') Object.assign(attributes, { open: '', rr_open_mode: 'modal' });
  if (value !== undefined) attributes['value'] = value;
  if (choice) attributes[elementName(node) === 'option' ? 'selected' : 'checked'] = choice.value === 'chosen';
  return attributes;
}
