import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock, inactivities, skipTarget } from '../src/player/clock.ts';
import { Course } from '../src/player/course.ts';
import { readRecording } from '../src/player/recording.ts';
import { exportRrweb } from '../src/player/rrweb.ts';
import { change, incremental, KIND, segment, snapshot } from './segments.ts';
import { everything, fixture, played, told } from './told.ts';

const bodyOf = (segments: unknown): string => /<body>(.*)<\/body>/.exec(told(played(segments).course.model.root))?.[1] ?? '';

test('segments may come in any order, and twice', () => {
  const parts = [
    segment([snapshot([[1, 'P'], [1, '#text', '0']])], { index: 0 }),
    segment([change(2_000, [KIND.text, [6, '1']])], { index: 1, start: 2_000 }),
    segment([change(3_000, [KIND.attribute, [5, ['class', 'last']]])], { index: 2, start: 3_000 }),
  ];
  const inOrder = bodyOf(parts);
  assert.equal(inOrder, '<p class="last">1</p>');
  assert.equal(bodyOf([parts[2], parts[0], parts[1], parts[0], parts[2]]), inOrder);
});

test('behind a lost segment goes on what can, and the gap is told', () => {
  const parts = [
    segment([snapshot([[1, 'P', ['class', 'a']], [1, '#text', 'before']])], { index: 0 }),
    // Its first text is the second of the table, and its node the one after one that is lost.
    segment([change(3_000, [KIND.strings, [4, 'lost']], [KIND.text, [6, 1]], [KIND.add, [2, 'B']], [KIND.text, [6, 'literal']], [KIND.remove, 7]), incremental(3_100, 3, { id: 5, x: 0, y: 7 })], { index: 2, start: 3_000 }),
    segment([snapshot([[1, 'I']], [], 4_000), change(4_001, [KIND.strings, [4, 'again']], [KIND.add, [1, '#text', 0]])], { index: 3, start: 4_000 }),
  ];
  const torn = played(parts.slice(0, 2));
  assert.equal(told(torn.course.model.nodes.get(5) ?? null), '<p class="a">literal</p>');
  assert.deepEqual(torn.course.model.nodes.get(5)?.state.scroll, { x: 0, y: 7 });
  assert.deepEqual(torn.recording.gaps, [{ startMs: 1_000, endMs: 3_000 }]);
  assert.equal(torn.recording.skipped, 3);
  assert.equal(bodyOf(parts), '<i>again</i>');
});

test('a view of which the beginning is lost shows nothing of the one before', () => {
  const parts = [
    segment([snapshot([[1, 'P']])], { index: 0, view: 'one' }),
    segment([change(2_000, [KIND.attribute, [5, ['class', 'x']]])], { index: 1, view: 'two', start: 2_000 }),
  ];
  const { course, recording } = played(parts);
  assert.equal(course.model.root, null);
  assert.equal(recording.views.length, 2);
  assert.equal(recording.gaps.length, 1);
});

test('positions of the pointer are at their own times', () => {
  const positions = [{ x: 1, y: 1, id: 5, timeOffset: -400 }, { x: 2, y: 2, id: 5, timeOffset: 0 }, { x: 3, y: 3, id: 5, timeOffset: 200 }];
  const { entries } = readRecording([segment([snapshot([[1, 'P']]), incremental(2_000, 1, { positions }), change(2_100, [KIND.remove, 5])])]);
  assert.deepEqual(entries.slice(2).map(({ atMs, operations }) => [atMs, operations[0]?.op]), [[1_600, 'pointer'], [2_000, 'pointer'], [2_100, 'remove'], [2_200, 'pointer']]);
});

test('time that runs backwards does not change the order of what happened', () => {
  const { entries } = readRecording([segment([snapshot([[1, 'P']], [], 5_000), change(4_000, [KIND.attribute, [5, ['class', 'a']]]), change(6_000, [KIND.remove, 5])])]);
  assert.deepEqual(entries.map(({ atMs }) => atMs), [5_000, 5_000, 5_000, 6_000]);
});

/** Numbers that look random and are the same every time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; state = (state * 1_103_515_245 + 12_345) % 2 ** 31) yield state;
}

/** A long recording of random changes over three views, some of which do not apply. */
function longRecording(): unknown[] {
  const random = numbers(7);
  const upTo = (limit: number): number => Math.floor(((random.next().value as number) / 2 ** 31) * limit);
  return ['a', 'b', 'c'].map((view, number) => {
    const start = 1_000 + number * 20_000;
    let nodes = 6;
    const records: unknown[] = [{ type: 4, timestamp: start, data: { width: 800 + number, height: 600, href: `/${view}` } }, snapshot([[1, 'P']], [], start)];
    for (let step = 1; step <= 4_000; step += 1) {
      const at = start + step * 4;
      const node = 4 + upTo(nodes - 4);
      const kind = upTo(8);
      if (kind < 3) {
        const distance = nodes - node;
        nodes += 1;
        records.push(change(at, [KIND.add, [kind === 2 && node > 4 ? -distance : distance, kind === 1 ? '#text' : 'DIV', ...(kind === 1 ? [`text ${step}`] : [])]]));
      } else if (kind === 3) records.push(change(at, [KIND.attribute, [node, ['class', `c${step}`]]]));
      else if (kind === 4 && node > 5) records.push(change(at, [KIND.remove, node]));
      else if (kind === 5) records.push(change(at, [KIND.scroll, [node, 0, step]], [KIND.value, [node, `v${step}`]]));
      else if (kind === 6) records.push(incremental(at, 1, { positions: [{ x: step, y: step, id: node, timeOffset: 0 }] }));
      else records.push(change(at, [KIND.choice, [step % 3, node]], [KIND.defined, `x-${step % 50}`]));
    }
    return segment(records, { view, start });
  });
}

test('the model after going to a time equals the model after playing up to it, at any time and in any order', () => {
  const { entries } = readRecording(longRecording());
  const random = numbers(3);
  const course = new Course(entries);
  course.advance(entries.length);
  for (let visit = 0; visit < 40; visit += 1) {
    const count = (random.next().value as number) % entries.length;
    course.jump(count);
    const fresh = new Course(entries);
    fresh.advance(count);
    assert.equal(everything(course.model), everything(fresh.model), `after ${count} entries`);
  }
});

test('going back in a long recording takes the way from a keyframe and not from the beginning', () => {
  const { entries } = readRecording([longRecording()[0]]);
  const course = new Course(entries);
  course.advance(entries.length);
  let operations = 0;
  const apply = course.model.constructor.prototype.apply as (operation: unknown) => boolean;
  course.model.constructor.prototype.apply = function counted(this: unknown, operation: unknown): boolean {
    operations += 1;
    return apply.call(this, operation);
  };
  try {
    course.jump(entries.length - 100);
  } finally {
    course.model.constructor.prototype.apply = apply;
  }
  assert.ok(operations < 3_000, `${operations} operations of ${entries.length}`);
});

test('a clock runs at its speed, stops at the end and goes on from where it was put', () => {
  const clock = new Clock(1_000, 9_000);
  assert.equal(clock.position(50), 1_000);
  clock.play(100);
  assert.equal(clock.position(600), 1_500);
  clock.setSpeed(4, 600);
  assert.equal(clock.position(1_100), 3_500);
  clock.pause(1_100);
  assert.equal(clock.position(5_000), 3_500);
  clock.play(5_000);
  clock.seek(8_900, 5_000);
  assert.equal(clock.position(6_000), 9_000);
  clock.setSpeed(1_000, 6_000);
  assert.equal(clock.speed, 16);
});

test('stretches in which nobody did anything are skipped but for their edges', () => {
  const stretches = inactivities([1_000, 2_000, 60_000], 0, 70_000, 5_000);
  assert.deepEqual(stretches, [{ startMs: 2_000, endMs: 60_000 }, { startMs: 60_000, endMs: 70_000 }]);
  assert.equal(skipTarget(stretches, 2_500), undefined);
  assert.equal(skipTarget(stretches, 3_000), 59_500);
  assert.equal(skipTarget(stretches, 59_600), undefined);
});

test('the export of the official recording is whole, and every number in it is known', () => {
  const events = exportRrweb(readRecording([fixture('replay-segment.json')]));
  const full = events.find(({ type }) => type === 2)?.data as { node: { id: number; childNodes: unknown[] } };
  const known = new Set<number>();
  const learn = (node: { id: number; childNodes?: unknown[] }): void => {
    assert.ok(node.id > 0 && !known.has(node.id));
    known.add(node.id);
    for (const child of node.childNodes ?? []) learn(child as { id: number });
  };
  learn(full.node);
  // Custom events may come first.
  assert.equal(events.find(({ type }) => type !== 5)?.type, 4);
  for (const { type, data } of events) {
    const { adds = [], id, positions = [] } = data as { adds?: { parentId: number; nextId: number | null; node: { id: number } }[]; id?: number; positions?: { id: number }[] };
    for (const { parentId, nextId, node } of type === 3 ? adds : []) {
      assert.ok(known.has(parentId) && (nextId === null || known.has(nextId)));
      known.add(node.id);
    }
    if (type === 3) for (const of of [id, ...positions.map((position) => position.id)]) assert.ok(of === undefined || known.has(of), `${of}`);
  }
});
