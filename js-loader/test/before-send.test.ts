import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createHook } from '../src/before-send.ts';
import type { Keeper } from '../src/browser/session.ts';
import type { Emit } from '../src/core.ts';
import { decode } from '../src/decode.ts';
import { encode, share, type Field } from '../src/encode.ts';
import { ActionEvent, ErrorEvent, EventKind, SharedContext, ViewContext, ViewEvent, WebVitals } from '../src/fields.ts';
import type { CheckedOptions } from '../src/types.ts';
import { installPage } from './page.ts';

const ID = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
const UUID = '01020304-0506-0708-090a-0b0c0d0e0f10';
const keeper = { session: () => `${'ab'.repeat(16)}.1.2.0` } as Keeper;
const options = { applicationId: 'app', service: 'shop' } as CheckedOptions;
const VIEW: Field[] = [
  [ViewContext.id, ID],
  [ViewContext.url, 'https://shop.example/claims'],
];
const SHARED: Field[] = [
  [SharedContext.userJson, '{"id":"jane"}'],
  [SharedContext.contextJson, '{"tenant":"a","secret":"s"}'],
];

type Any = Record<string, any>;

/** The fields that leave, or nothing. */
function look(beforeSend: (event: Any) => unknown, kind: EventKind, fields: Field[], shared = SHARED) {
  const parts = createHook(beforeSend, options, keeper).look(kind, 1_000, encode(fields), encode(VIEW), encode(shared));
  return parts?.map((part) => new Map(decode(part).map(({ key, value }) => [key, value])));
}

const error = (message: string): Field[] => [
  [ErrorEvent.id, ID],
  [ErrorEvent.message, message],
  [ErrorEvent.source, 1],
  [ErrorEvent.contextJson, '{"claim":7}'],
];

describe('beforeSend', () => {
  let page: ReturnType<typeof installPage>;
  beforeEach(() => {
    page = installPage();
  });

  it('is shown an event in Datadog\'s form', () => {
    let seen: Any = {};
    look((event) => (seen = structuredClone(event)), EventKind.Error, error('it failed'));
    assert.deepEqual(seen, {
      type: 'error',
      date: 1_000,
      application: { id: 'app' },
      session: { id: 'abababab-abab-abab-abab-abababababab', type: 'user' },
      view: { id: UUID, url: 'https://shop.example/claims' },
      source: 'browser',
      service: 'shop',
      version: undefined,
      _dd: { format_version: 2 },
      usr: { id: 'jane' },
      context: { tenant: 'a', secret: 's', claim: 7 },
      error: { id: UUID, message: 'it failed', source: 'custom' },
    });
  });

  it('leaves what it does not touch as it was, to the byte', () => {
    const fields = encode(error('it failed'));
    const parts = createHook(() => true, options, keeper).look(EventKind.Error, 0, fields, encode(VIEW), encode(SHARED));
    assert.deepEqual(parts, [fields, encode(VIEW), encode(SHARED)]);
  });

  it('may change any field, and nothing of the old one leaves', () => {
    const [fields, view, shared] = look((event) => {
      event.error.message = 'redacted';
      event.error.source = 'console';
      event.view.url = 'https://shop.example/?';
      event.service = 'claims';
      delete event.usr;
      delete event.context.secret;
    }, EventKind.Error, error('Jane Roe failed'))!;
    assert.equal(fields!.get(ErrorEvent.message), 'redacted');
    assert.equal(fields!.get(ErrorEvent.source), 2);
    assert.deepEqual([...view!.values()].slice(1), ['https://shop.example/?', 'claims']);
    assert.deepEqual(JSON.parse(fields!.get(ErrorEvent.contextJson) as string), { tenant: 'a', claim: 7 });
    assert.equal(shared!.size, 0);
  });

  it('of a view without a context of its own, changes the shared one', () => {
    const [, , shared] = look((event) => void (event.context = { only: 1 }), EventKind.View, [[ViewEvent.documentVersion, 1]])!;
    assert.equal(shared!.get(SharedContext.contextJson), '{"only":1}');
    assert.equal(shared!.get(SharedContext.userJson), '{"id":"jane"}');
  });

  it('keeps units: nanoseconds there, microseconds here, fractions as such', () => {
    const state: Field[] = [
      [ViewEvent.documentVersion, 3],
      [ViewEvent.timeSpentUs, 1_500],
      [ViewEvent.vitals, { fields: [[WebVitals.lcpUs, 250], [WebVitals.cls, share(0.25)]] }],
    ];
    let seen: Any = {};
    const [fields] = look((event) => {
      seen = structuredClone(event.view);
      event.view.time_spent = 2_000_000;
      event.view.cumulative_layout_shift = 0.5;
    }, EventKind.View, state)!;
    assert.deepEqual([seen.time_spent, seen.largest_contentful_paint, seen.cumulative_layout_shift], [1_500_000, 250_000, 0.25]);
    assert.equal(fields!.get(ViewEvent.timeSpentUs), 2_000);
    const vitals = (fields!.get(ViewEvent.vitals) as { fields: { key: number; value: unknown }[] }).fields;
    assert.deepEqual(vitals.map(({ key, value }) => [key, value]), [[WebVitals.lcpUs, 250], [WebVitals.cls, 0.5]]);
  });

  it('may take away what the protocol demands, which leaves an empty one', () => {
    const [fields] = look((event) => void delete event.error.message, EventKind.Error, error('secret'))!;
    assert.equal(fields!.get(ErrorEvent.message), '');
  });

  it('cannot make of a field what it is not', () => {
    const [fields] = look((event) => {
      event.action.target.name = { nested: 'secret' };
      event.action.id = 'mine';
      event.action.frustration = { type: ['dead_click'] };
    }, EventKind.Action, [[ActionEvent.id, ID], [ActionEvent.name, 'Save']])!;
    assert.deepEqual([fields!.get(ActionEvent.id), fields!.get(ActionEvent.name), fields!.get(ActionEvent.frustrations)], [ID, '', 2]);
  });

  it('drops what it answers false to, but no views', () => {
    assert.equal(look(() => false, EventKind.Error, error('x')), undefined);
    assert.ok(look(() => false, EventKind.View, [[ViewEvent.documentVersion, 1]]));
    assert.match(page.warnings.join(), /cannot drop views/);
  });

  it('drops the event it throws of, with one warning', () => {
    const hook = createHook(() => assert.fail('hostile'), options, keeper);
    for (let turn = 0; turn < 2; turn += 1) {
      assert.equal(hook.look(EventKind.Error, 0, encode(error('x')), encode(VIEW), encode([])), undefined);
    }
    assert.equal(page.warnings.length, 1);
  });

  it('may call the API: that waits, and does not go round in circles', () => {
    const entered: number[] = [];
    let depth = 0;
    let emit!: Emit;
    const hook = createHook(() => void emit(17, 0), options, keeper);
    emit = hook.guard((kind) => {
      depth += 1;
      assert.equal(depth, 1, 'the engine is not entered twice');
      entered.push(kind);
      hook.look(EventKind.Error, 0, encode(error('x')), encode(VIEW), encode([]));
      depth -= 1;
    });
    emit(16, 0);
    emit(16, 1);
    assert.deepEqual(entered, [16, 17, 16, 17]);
  });
});
