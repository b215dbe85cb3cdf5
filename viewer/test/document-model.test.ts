import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DocumentModel } from '../src/player/document-model.ts';
import { MAX_DEPTH, MAX_DOCUMENT_CHARS } from '../src/player/limits.ts';
import type { Content, Operation } from '../src/player/operation.ts';
import { readRecording } from '../src/player/recording.ts';
import { exportRrweb } from '../src/player/rrweb.ts';
import { change, full, incremental, KIND, segment, SHELL, snapshot } from './segments.ts';
import { fixture, played, told } from './told.ts';

const body = (inner: string): string => `<!html><html><head></head><body>${inner}</body></html>`;
const after = (records: readonly unknown[]): string => told(played([segment(records)]).course.model.root);
const div: Content = { kind: 'element', name: 'div', namespace: 'html', attributes: [] };

test('a segment of the official SDK becomes the page it recorded', () => {
  const { course, recording } = played([fixture('replay-segment.json')]);
  const page = told(course.model.root);
  assert.equal(recording.skipped + course.refused, 0);
  assert.ok(page.startsWith('<!html><html lang="en">'), page.slice(0, 80));
  assert.equal(page.match(/<tr class="/g)?.length, 120);
  assert.ok(page.includes('<td>Levothyroxine 75 µg</td>'));
  assert.deepEqual(course.model.around.viewport, { width: 1280, height: 720 });
  assert.ok([...course.model.sheets.values()].some(({ rules }) => rules.join('').includes('border-collapse')));
});

test('nodes are put at the root, at the end, after the one before and before a sibling', () => {
  const records = [snapshot([[1, 'P'], [0, 'UL'], [1, 'LI'], [0, '#text', 'between'], [-2, 'LI', ['class', 'first']]])];
  assert.equal(after(records), body('<p></p><ul><li class="first"></li><li></li>between</ul>'));
});

test('texts stand in the table, literally, or with their role', () => {
  const strings = [KIND.strings, [1, 'SPAN'], [4, 'from the table']];
  const records = [full([strings, [KIND.add, ...SHELL, [1, 0], [1, { role: 1, string: '#text' }, 1], [0, '#text', { role: 4, string: ' with its role' }], [0, '#text', ' literal']]])];
  assert.equal(after(records), body('<span>from the table with its role literal</span>'));
});

test('the table goes on over records and segments until it is cleared', () => {
  const segments = [
    segment([full([[KIND.strings, [4, 'one', 'two']], [KIND.add, ...SHELL, [1, '#text', 0]]])], { index: 0 }),
    segment([change(1_010, [KIND.strings, [4, 'three']], [KIND.text, [5, 2]])], { index: 1, start: 1_010 }),
    segment([change(1_020, [KIND.clear], [0, 'anew'], [KIND.text, [5, 0]])], { index: 2, start: 1_020 }),
  ];
  assert.equal(told(played(segments.slice(0, 2)).course.model.root), body('three'));
  assert.equal(told(played(segments).course.model.root), body('anew'));
});

test('attributes come, change and go; what is removed takes all below it along', () => {
  const first = snapshot([[1, 'DIV', ['id', 'a'], ['class', 'b']], [1, 'P'], [1, '#text', 'gone']]);
  assert.equal(after([first, change(1_001, [KIND.attribute, [5, ['class', 'c'], ['id']], [5, ['title', 't']]])]), body('<div class="c" title="t"><p>gone</p></div>'));
  const { course } = played([segment([first, change(1_001, [KIND.remove, 6])])]);
  assert.equal(told(course.model.root), body('<div id="a" class="b"></div>'));
  assert.equal(course.model.nodes.has(7), false);
});

test('namespaces, shadow roots and documents of frames are told by their names', () => {
  const nodes = [[1, 'svg>svg'], [1, 'svg>linearGradient'], [3, 'X-HOST'], [1, '#shadow-root'], [1, '#text', 'in the shadow'], [6, 'IFRAME'], [1, '#document'], [1, 'HTML'], [9, 'math>mi']];
  assert.equal(after([snapshot(nodes)]), body(
    '<svg>svg><svg>linearGradient></svg>linearGradient></svg>svg><x-host><#shadow>in the shadow</#shadow></x-host><iframe><html></html></iframe><math>mi></math>mi>',
  ));
});

test('the first format, with its mutations, becomes the same', () => {
  const text = (id: number, textContent: string): object => ({ type: 3, id, textContent });
  const element = (id: number, tagName: string, childNodes: object[] = [], attributes: object = {}): object => ({ type: 2, id, tagName, attributes, childNodes });
  const tree = { type: 0, id: 1, childNodes: [{ type: 1, id: 2, name: 'html', publicId: '', systemId: '' }, element(3, 'html', [element(4, 'head', [element(9, 'style', [], { _cssText: 'p{}' })]), element(5, 'body', [element(6, 'p', [text(7, 'old')])])])] };
  const records = [
    { type: 2, format: 0, timestamp: 1_000, data: { node: tree, initialOffset: { left: 0, top: 30 } } },
    incremental(1_010, 0, {
      removes: [{ parentId: 6, id: 7 }],
      adds: [{ parentId: 5, nextId: 21, node: element(20, 'i') }, { parentId: 5, nextId: null, node: element(21, 'input', [], { checked: true, type: 'checkbox' }) }],
      texts: [],
      attributes: [{ id: 6, attributes: { class: 'new', style: null } }],
    }),
  ];
  const { course, recording } = played([segment(records)]);
  assert.equal(told(course.model.root), '<!html><html><head><style></style></head><body><p class="new"></p><i></i><input type="checkbox"></input></body></html>');
  assert.equal(recording.skipped + course.refused, 0);
  assert.deepEqual(course.model.nodes.get(9)?.state.sheets, [0]);
  assert.equal(course.model.nodes.get(21)?.state.choice?.value, 'chosen');
  assert.deepEqual(course.model.nodes.get(1)?.state.scroll, { x: 0, y: 30 });
});

test('states of fields, media, layers, sizes and sheets are those told last', () => {
  const records = [
    snapshot([[1, 'INPUT'], [0, 'VIDEO'], [0, 'DIALOG'], [0, 'STYLE'], [0, 'DIV']], [[KIND.sheet, [['p{}', 'q{}'], ['print'], true]], [KIND.attach, [8, 0]], [KIND.size, [9, 30, 40]]]),
    change(1_010, [KIND.value, [5, 'typed']], [KIND.choice, [2, 5]], [KIND.media, [6, 0]], [KIND.layer, [7, 1]], [KIND.defined, 'x-a', 'x-b']),
    incremental(1_020, 8, { id: 8, removes: [{ index: 0 }], adds: [{ rule: 'r{}', index: [1, 0] }] }),
    { type: 101, timestamp: 1_030, data: { id: 6, state: 'seeked', value: 12.5 } },
    { type: 100, timestamp: 1_040, data: { start: 5, startOffset: 0, end: 9, endOffset: 1 } },
  ];
  const { course, recording } = played([segment(records)]);
  const { nodes, sheets, defined, around } = course.model;
  assert.equal(recording.skipped + course.refused, 0);
  assert.equal(nodes.get(5)?.state.value, 'typed');
  assert.equal(nodes.get(5)?.state.choice?.value, 'indeterminate');
  assert.deepEqual(nodes.get(6)?.state.media, { plays: 'true', seeked: '12.5' });
  assert.equal(nodes.get(7)?.state.layer?.value, 'modal');
  assert.deepEqual(nodes.get(9)?.state.size, { width: 30, height: 40 });
  assert.deepEqual(sheets.get(0), { rules: ['p{}', 'q{}'], media: ['print'], isDisabled: true });
  assert.deepEqual(nodes.get(8)?.rules?.edit, { index: [1, 0], text: 'r{}' });
  assert.deepEqual(nodes.get(8)?.rules?.before?.edit, { index: [0], text: null });
  assert.deepEqual([...defined], ['x-a', 'x-b']);
  assert.deepEqual(around.selection, { start: 5, startOffset: 0, end: 9, endOffset: 1 });
});

test('a number is given even to what cannot be read, so that the others keep theirs', () => {
  const { course, recording } = played([segment([snapshot([[1, 'P'], [1, 99], ['nonsense', 'B'], [3, '#text', 'right']])])]);
  assert.equal(told(course.model.root), body('<p>right</p>'));
  assert.equal(recording.skipped, 2);
});

test('a node under what is not there, a second of one number and a second root are refused', () => {
  const model = new DocumentModel();
  const add = (id: number, of: number | null, content: Content = div): boolean =>
    model.apply({ op: 'add', id, place: of === null ? { at: 'root' } : { at: 'append', of }, content });
  assert.equal(add(0, null, { kind: 'document' }), true);
  assert.equal(add(1, 0), true);
  assert.equal(add(2, 77), false);
  assert.equal(add(1, 0), false);
  assert.equal(add(1, 1), false);
  assert.equal(add(3, null, { kind: 'document' }), false);
  assert.equal(add(4, 1, { kind: 'document' }), false, 'only a frame holds a document');
  assert.equal(model.nodes.size, 2);
});

test('depth and text are bounded, and what is removed makes room', () => {
  const model = new DocumentModel();
  model.apply({ op: 'add', id: 0, place: { at: 'root' }, content: { kind: 'document' } });
  let deepest = 0;
  for (let id = 1; id <= MAX_DEPTH + 10; id += 1) if (model.apply({ op: 'add', id, place: { at: 'append', of: id - 1 }, content: div })) deepest = id;
  assert.equal(deepest, MAX_DEPTH);
  const text = 'x'.repeat(MAX_DOCUMENT_CHARS / 2 + 1);
  const addText = (id: number): boolean => model.apply({ op: 'add', id, place: { at: 'append', of: 1 }, content: { kind: 'text', text } });
  assert.equal(addText(1_000_000), true);
  assert.equal(addText(1_000_001), false);
  assert.equal(model.apply({ op: 'remove', id: 1_000_000 }), true);
  assert.equal(addText(1_000_002), true);
});

test('a tree as deep as may be is exported, and comes back by the first format', () => {
  const records = [snapshot(Array.from({ length: MAX_DEPTH }, () => [1, 'DIV']))];
  const { course, recording } = played([segment(records)]);
  const page = told(course.model.root);
  assert.equal(page.match(/<div>/g)?.length, MAX_DEPTH - 2);
  const exported = exportRrweb(recording).filter(({ type }) => type === 2);
  const again = played([segment((JSON.parse(JSON.stringify(exported)) as object[]).map((event) => ({ ...event, format: 0 })))]);
  assert.equal(told(again.course.model.root), page);
});

test('a copy goes its own way', () => {
  const { course } = played([segment([snapshot([[1, 'P', ['class', 'a']], [1, '#text', 'one']])])]);
  const copy = course.model.clone();
  const changes: Operation[] = [{ op: 'text', id: 6, text: 'two' }, { op: 'attribute', id: 5, name: 'class', value: 'b' }, { op: 'add', id: 7, place: { at: 'before', of: 6 }, content: div }];
  for (const operation of changes) assert.ok(course.model.apply(operation));
  assert.equal(told(copy.root), body('<p class="a">one</p>'));
  assert.equal(told(course.model.root), body('<p class="b"><div></div>two</p>'));
});

test('our own recording, as the collector tells it to the viewer, is read whole', () => {
  const segment = JSON.parse(readFileSync(new URL('../../tests/fixtures/viewer/replay-of-v1-replay.json', import.meta.url), 'utf8'));
  const recording = readRecording([segment]);
  assert.equal(recording.skipped, 0);
  assert.equal(recording.tellsDefined, true);
  const operations = new Set(recording.entries.flatMap(({ operations }) => operations.map(({ op }) => op)));
  for (const ours of ['layer', 'defined', 'selection', 'media'] as const) assert.ok(operations.has(ours), ours);
  const { course } = played([segment]);
  assert.match(told(course.model.root), /<html|Claim 10480/);
});
