import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutDetail } from '../src/browser/long-task.ts';
import { createTakeEvents, type Entry } from '../src/browser/web-vital.ts';
import { SignalKind } from '../src/core.ts';
import type { Field } from '../src/encode.ts';
import { FirstInputDelay, InpAttribution } from '../src/fields.ts';

/** As much of an entry as is read; times are ms. */
const event = (more: Partial<Entry>): Entry =>
  ({ entryType: 'event', name: 'click', startTime: 1_000, duration: 200, interactionId: 7, processingStart: 1_050, processingEnd: 1_120, ...more }) as Entry;

/** The signals of a kind that some deliveries of entries make, by their facts. */
function facts(kind: SignalKind, ...deliveries: Entry[][]): Map<number, unknown>[] {
  const told: Map<number, unknown>[] = [];
  const take = createTakeEvents();
  for (const entries of deliveries) {
    take(entries, (signal, _at, _numbers, _texts, fields: Field[] = []) => {
      if (signal === kind) told.push(new Map(fields));
    });
  }
  return told;
}

const parts = (told: Map<number, unknown> | undefined): unknown[] =>
  [InpAttribution.inputDelayUs, InpAttribution.processingUs, InpAttribution.presentationDelayUs].map((key) => told?.get(key));

describe('the parts of an interaction', () => {
  it('are those of its longest event, if nothing else was drawn with it', () => {
    const [told] = facts(SignalKind.EventTiming, [event({})]);
    assert.deepEqual(parts(told), [50_000, 70_000, 80_000]);
    assert.equal(told?.get(InpAttribution.eventType), 'click');
  });

  it('are those of the frame, in which other events may have run before and after', () => {
    // Ends within the rounding of the paint, and is part of no interaction.
    const other = event({ name: 'mouseover', interactionId: 0, startTime: 1_004, duration: 192, processingStart: 1_020, processingEnd: 1_130 });
    const expected = [20_000, 110_000, 70_000];
    assert.deepEqual(parts(facts(SignalKind.EventTiming, [other, event({})])[0]), expected);
    assert.deepEqual(parts(facts(SignalKind.EventTiming, [event({}), other])[0]), expected);
    assert.deepEqual(parts(facts(SignalKind.EventTiming, [other], [event({})])[0]), expected, 'held back until its interaction was known');
  });

  it('are not those of another frame', () => {
    const other = event({ interactionId: 0, startTime: 990, processingStart: 995, processingEnd: 1_000 });
    assert.deepEqual(parts(facts(SignalKind.EventTiming, [other, event({})])[0]), [50_000, 70_000, 80_000]);
  });

  it('are never negative: not by handlers of earlier input, nor by an alert that outlasts the paint', () => {
    const other = event({ interactionId: 0, startTime: 900, duration: 200, processingStart: 910, processingEnd: 950 });
    const alert = event({ duration: 100, processingStart: 1_010, processingEnd: 3_000 });
    assert.deepEqual(parts(facts(SignalKind.EventTiming, [other, alert])[0]), [0, 100_000, 0]);
  });

  it('are found among the latest frames only, however many there were', () => {
    const frame = (index: number): Entry => event({ interactionId: 0, startTime: 2_000 + index * 100, duration: 48, processingStart: 0, processingEnd: 0 });
    const early = event({ interactionId: 0, processingStart: 1_001, processingEnd: 1_190 });
    const frames = Array.from({ length: 1_000 }, (_, index) => [frame(index)]);
    assert.deepEqual(parts(facts(SignalKind.EventTiming, [early], ...frames, [event({})])[0]), [50_000, 70_000, 80_000]);
    assert.deepEqual(parts(facts(SignalKind.EventTiming, [early], ...frames.slice(0, 9), [event({})])[0]), [1_000, 189_000, 10_000]);
  });
});

it('the first input is told beside the interaction it belongs to, with its own delay', () => {
  const deliveries = [[event({ entryType: 'first-input', name: 'pointerdown', duration: 16, processingEnd: 1_051 }), event({})]];
  const [first, ...more] = facts(SignalKind.FirstInput, ...deliveries);
  assert.deepEqual([first?.get(FirstInputDelay.durationUs), more.length], [50_000, 0]);
  assert.equal(facts(SignalKind.EventTiming, ...deliveries).length, 2);
});

it('what called a script tells no source, no query and no record', () => {
  for (const [invoker, expected] of [
    ['TimerHandler:setTimeout', 'TimerHandler:setTimeout'],
    ['Window.fetch.then', 'Window.fetch.then'],
    ['#document.onkeydown', '#document.onkeydown'],
    ['DIV#main-menu.onclick', 'DIV#main-menu.onclick'],
    ['TR#patient-10442.onclick', 'TR.onclick'],
    ['MY-ROW#ann@example.org.onclick', 'MY-ROW.onclick'],
    ['IMG[src=/photo.png?member=42].onload', 'IMG.onload'],
    ['IMG[src=https://a.example/ann.png].onload', 'IMG.onload'],
    ['IMG[src=/ann.png]', 'IMG'],
    ['', ''],
    // The engine's to redact.
    ['https://a.example/x.js?token=1', 'https://a.example/x.js?token=1'],
  ] as const) {
    assert.equal(withoutDetail(invoker), expected);
  }
});
