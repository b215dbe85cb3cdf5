// The model as markup, to be compared.

import { readFileSync } from 'node:fs';
import { Course } from '../src/player/course.ts';
import { childrenOf, type DocumentModel, type ModelNode } from '../src/player/document-model.ts';
import { readRecording, type Recording } from '../src/player/recording.ts';

export function told(node: ModelNode | null): string {
  if (!node) return '';
  const inner = childrenOf(node).map(told).join('');
  const { content } = node;
  if (content.kind === 'text') return node.text;
  if (content.kind === 'doctype') return `<!${content.name}>`;
  if (content.kind !== 'element') return content.kind === 'document' ? inner : `<#${content.kind}>${inner}</#${content.kind}>`;
  const name = content.namespace === 'html' ? content.name : `${content.namespace}>${content.name}`;
  return `<${name}${node.attributes.map(([attribute, value]) => ` ${attribute}="${value}"`).join('')}>${inner}</${name}>`;
}

/** Everything a model holds, as text. */
export function everything(model: DocumentModel): string {
  const states = [...model.nodes.values()].sort((one, other) => one.id - other.id).map(({ id, state, rules, text }) => [id, state, rules, text]);
  return JSON.stringify([told(model.root), states, [...model.sheets], [...model.defined], model.around]);
}

export function played(segments: unknown): { course: Course; recording: Recording } {
  const recording = readRecording(segments);
  const course = new Course(recording.entries);
  course.advance(recording.entries.length);
  return { course, recording };
}

export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../tests/fixtures/datadog/${name}`, import.meta.url), 'utf8'));
}
