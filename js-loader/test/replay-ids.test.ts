import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeIds } from '../src/replay/ids.ts';
import { Op, Ops, Role } from '../src/replay/ops.ts';

const node = (): Node => ({}) as Node;

test('what is below a node that was dropped is recorded no longer, wherever it went unseen', () => {
  const ids = new NodeIds();
  const [root, parent, child, other] = [node(), node(), node(), node()];
  const rootId = ids.add(root, 0, 3);
  const parentId = ids.add(parent, rootId, 3);
  const childId = ids.add(child, parentId, 4, true);
  const otherId = ids.add(other, rootId, 0);
  assert.deepEqual([root, parent, child, other].map((one) => ids.of(one)), [1, 2, 3, 4]);
  assert.deepEqual([ids.level(childId), ids.isClosed(childId), ids.level(otherId), ids.isClosed(otherId)], [4, true, 0, false]);
  assert.equal(ids.has(childId, parentId), false, 'it is in its parent');
  assert.equal(ids.has(childId, otherId), true);
  assert.equal(ids.drop(parent), parentId);
  assert.deepEqual([root, parent, child, other].map((one) => ids.of(one)), [1, 0, 0, 4]);
  assert.equal(ids.drop(child), 0, 'it went with its parent');
  assert.equal(ids.add(child, otherId, 0), 5, 'numbers are not used again');
});

test('a node that moved before its old parent is dropped stays', () => {
  const ids = new NodeIds();
  const [root, parent, child] = [node(), node(), node()];
  const rootId = ids.add(root, 0, 0);
  const childId = ids.add(child, ids.add(parent, rootId, 0), 0);
  ids.move(childId, rootId);
  ids.drop(parent);
  assert.equal(ids.of(child), childId);
  assert.equal(ids.parent(childId), rootId);
});

test('tables grow, and none of their rows is lost', () => {
  const ids = new NodeIds();
  const chain = Array.from({ length: 10_000 }, node);
  chain.forEach((one, index) => ids.add(one, index, (index % 5) as 0));
  assert.equal(ids.count, 10_000);
  assert.ok(chain.every((one, index) => ids.of(one) === index + 1 && ids.level(index + 1) === index % 5));
  ids.drop(chain[5_000]!);
  assert.deepEqual([ids.of(chain[4_999]), ids.of(chain[9_999])], [5_000, 0]);
});

test('a word that was not known is put in its place later', () => {
  const ops = new Ops();
  ops.add(Op.Element, 1, 0, 0);
  ops.word(ops.name('P', Role.NodeName));
  const at = ops.length;
  ops.word(0);
  ops.word(ops.name('class', Role.AttributeValue));
  ops.text('a\0b');
  ops.replace(at, 1);
  const { words, texts } = ops.take();
  assert.deepEqual([...words], [Op.Element, 1, 0, 0, (0 << 4) | (Role.NodeName << 1) | 1, 1, (1 << 4) | (Role.AttributeValue << 1) | 1]);
  assert.deepEqual(texts.split('\0'), ['P', 'class', 'a\ufffdb']);
});

test('so do those of weak maps, and the newest number of a node counts', () => {
  const ids = new NodeIds();
  const [root, first, last] = [node(), node(), node()];
  ids.add(first, ids.add(root, 0, 0), 0);
  while (ids.count < 200_000) ids.add(node(), 1, 0);
  const lastId = ids.add(last, 1, 0);
  assert.deepEqual([root, first, last].map((one) => ids.of(one)), [1, 2, lastId]);
  assert.equal(ids.add(first, lastId, 0), lastId + 1);
  assert.equal(ids.of(first), lastId + 1);
  assert.equal(ids.drop(first), lastId + 1);
  assert.equal(ids.of(first), 0, 'nor has it the number from before');
});
