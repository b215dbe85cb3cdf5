import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReports } from '../src/browser/report.ts';
import { SignalKind } from '../src/core.ts';
import type { Field } from '../src/encode.ts';
import { ActionEvent, ActionType, FailureReason, StepType, VitalEvent, VitalType } from '../src/fields.ts';

/** What was emitted: signal, when, name, and its facts by their numbers. */
function setUp() {
  const told: [kind: SignalKind, at: number, name: string | undefined, facts: Record<number, unknown>][] = [];
  const calls = createReports((kind, at, _numbers, texts, facts) =>
    told.push([kind, at, texts?.[0], Object.fromEntries((facts as Field[]).filter(([, value]) => value !== undefined))]),
  );
  return { told, call: (name: string, at: number, ...args: unknown[]) => calls[name]!(at, ...args) };
}

describe('an action with a beginning and an end', () => {
  it('has both contexts, its type, and lasts from one to the other', () => {
    const { told, call } = setUp();
    call('startAction', 100, 'pay', { type: 'swipe', context: { a: 1, b: 1 } });
    call('stopAction', 350, 'pay', { context: { b: 2 } });
    const facts = {
      [ActionEvent.actionType]: ActionType.Swipe,
      [ActionEvent.durationUs]: 250_000,
      [ActionEvent.contextJson]: '{"a":1,"b":2}',
    };
    assert.deepEqual(told, [[SignalKind.CustomAction, 100, 'pay', facts]]);
  });

  it('is found by its key among those of its name, and ends once', () => {
    const { told, call } = setUp();
    call('startAction', 1, 'pay', { actionKey: 'one' });
    call('startAction', 2, 'pay', { actionKey: 'two' });
    for (const key of ['two', 'one', 'one', 'three']) call('stopAction', 9, 'pay', { actionKey: key });
    call('stopAction', 9, 'pay');
    assert.deepEqual(told.map(([, at]) => at), [2, 1]);
  });

  it('that never ends gives way to later ones', () => {
    const { told, call } = setUp();
    for (let index = 0; index < 150; index += 1) call('startAction', index, `forgotten ${index}`);
    call('stopAction', 200, 'forgotten 0');
    call('stopAction', 200, 'forgotten 149');
    assert.deepEqual(told.map(([, at]) => at), [149]);
  });
});

describe('a duration', () => {
  it('is ended by its name or by what starting it answered, once', () => {
    const { told, call } = setUp();
    call('startDurationVital', 10, 'fill', { description: 'of a form', context: { a: 1 } });
    call('stopDurationVital', 30, 'fill');
    call('stopDurationVital', 40, { name: 'fill', vitalKey: 10 });
    call('startDurationVital', 50, 'fill');
    call('startDurationVital', 60, 'fill');
    call('stopDurationVital', 90, { name: 'fill', vitalKey: 50 });
    const type = { [VitalEvent.vitalType]: VitalType.Duration };
    assert.deepEqual(told, [
      [SignalKind.CustomVital, 10, 'fill', { ...type, [VitalEvent.durationUs]: 20_000, [VitalEvent.description]: 'of a form', [VitalEvent.contextJson]: '{"a":1}' }],
      [SignalKind.CustomVital, 50, 'fill', { ...type, [VitalEvent.durationUs]: 40_000 }],
    ]);
  });

  it('may be measured by the application, in times of the page or of the world', () => {
    const { told, call } = setUp();
    call('addDurationVital', 0, 'load', { startTime: 120, duration: 30 });
    call('addDurationVital', 0, 'load', { startTime: Date.now(), duration: 30 });
    for (const wrong of [undefined, null, {}, { startTime: 'x', duration: 1 }, { startTime: 1, duration: -1 }]) call('addDurationVital', 0, 'load', wrong);
    assert.equal(told.length, 2);
    assert.equal(told[0]?.[1], 120);
    assert.ok(Math.abs((told[1]?.[1] ?? 0) - performance.now()) < 1_000);
  });
});

describe('an operation', () => {
  it('begins, and ends well or with a reason', () => {
    const { told, call } = setUp();
    call('startOperation', 1, 'refill', { operationKey: 'rx' });
    call('succeedOperation', 2, 'refill', { operationKey: 'rx' });
    for (const reason of ['error', 'abandoned', 'other', 'nonsense']) call('failOperation', 3, 'refill', reason);
    const steps = told.map(([, , , facts]) => [facts[VitalEvent.stepType], facts[VitalEvent.operationKey], facts[VitalEvent.failureReason]]);
    assert.deepEqual(steps, [
      [StepType.Start, 'rx', undefined],
      [StepType.End, 'rx', undefined],
      [StepType.End, undefined, FailureReason.Error],
      [StepType.End, undefined, FailureReason.Abandoned],
      [StepType.End, undefined, FailureReason.Other],
      [StepType.End, undefined, FailureReason.Other],
    ]);
  });
});

it('no call throws, whatever it is given', () => {
  const { call } = setUp();
  const hostile = new Proxy({}, { get: () => assert.fail('get'), ownKeys: () => assert.fail('keys') });
  for (const name of ['startAction', 'stopAction', 'addDurationVital', 'startDurationVital', 'stopDurationVital', 'startOperation', 'succeedOperation', 'failOperation']) {
    for (const value of [undefined, null, 7, Symbol('s'), hostile]) call(name, 1, value, value, value);
  }
});
