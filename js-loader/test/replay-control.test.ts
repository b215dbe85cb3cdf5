import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from '../src/adapter.ts';
import { SignalKind } from '../src/core.ts';
import type { Field } from '../src/encode.ts';
import { createFence } from '../src/fence.ts';
import { ViewEvent } from '../src/fields.ts';
import type { Recorder, RecorderHost } from '../src/replay/recording.ts';
import { createReplayControl } from '../src/replay-control.ts';
import type { ExtraOptions } from '../src/types.ts';
import { installPage, settle } from './page.ts';

/** Sampled at any rate but 0: its last 48 bits hash to 0. */
const LOW = '11111111111141118111000000000000';
/** Sampled at rates from 39 on. */
const HIGH = '22222222222242228222ffffffffffff';

interface SetUp {
  options?: ExtraOptions;
  session?: string;
  sessionSampleRate?: number;
  isKept?: number;
  /** The recorder's file is not there. */
  isMissing?: boolean;
}

function setUp({ options = {}, session = LOW, sessionSampleRate = 100, isKept = 0, isMissing = false }: SetUp) {
  const page = installPage();
  Object.assign(globalThis, { window: globalThis });
  let stored = `${session}.1.1.${isKept}`;
  /** What was told to the engine: view's time, whether it is recorded, and that the session is to be. */
  const said: [at: number, has: number, isSampled: unknown][] = [];
  /** What recorders did, in order. */
  const did: string[] = [];
  let host: RecorderHost | undefined;
  const { fence } = createFence((fault) => assert.fail(String(fault)));
  const createRecorder = (given: RecorderHost): Recorder => {
    host = given;
    did.push(`begin${given.isHeld ? ' held' : ''}`);
    return {
      view: (_session, view) => did.push(`view ${view}`),
      frustrated: (at, kinds) => did.push(`frustrated ${at} ${kinds}`),
      keep: () => did.push('keep'),
      leave: (isHidden) => did.push(isHidden ? 'hidden' : 'left'),
      stop: (isErased) => did.push(isErased ? 'erase' : 'stop'),
    };
  };
  const control = createReplayControl(
    {
      emit: (kind: SignalKind, at: number, [has]: number[] = [], _: string[], facts: Field[] = []) => {
        assert.equal(kind, SignalKind.Replayed);
        said.push([at, has!, facts.find(([key]) => key === ViewEvent.sampledForReplay)?.[1]]);
      },
      fence,
      extras: { checked: options },
      keeper: { session: () => stored },
      options: { applicationId: 'a', defaultPrivacyLevel: 'mask', sessionSampleRate, intakeUrl: 'https://c.example/v1/v1?k=a&c=1' },
      requests: { fetch: undefined },
    } as unknown as Page,
    async () => {
      if (isMissing) throw new Error('404');
      return { createRecorder };
    },
  );
  return { control, did, said, page, host: () => host!, renew: (id: string) => (stored = `${id}.2.2.0`) };
}

describe('whether a session is recorded', () => {
  it('is decided by its id, as a share of the sessions that are kept', async () => {
    const { control, did, said, host } = setUp({ options: { sessionReplaySampleRate: 20 } });
    control.view('v1', 5);
    await settle();
    assert.deepEqual(did, ['begin', 'view v1']);
    assert.deepEqual(said, [[5, 1, true]]);
    assert.equal(host().segmentUrl, 'https://c.example/v1/v1/s?k=a&c=1');
    assert.equal(host().policyUrl, 'https://c.example/v1/v1/p?k=a&c=1');

    const other = setUp({ options: { sessionReplaySampleRate: 20 }, session: HIGH });
    other.control.view('v1', 5);
    await settle();
    assert.deepEqual(other.did, []);
  });

  it('holds a recording back until an error shows that it is worth keeping', async () => {
    const { control, did, said } = setUp({ options: { sessionReplayOnErrorSampleRate: 100 }, session: HIGH });
    control.view('v1', 5);
    await settle();
    control.moment(40, 0);
    control.moment(50, 0);
    assert.deepEqual(did, ['begin held', 'view v1', 'keep']);
    assert.deepEqual(said, [[5, 0, false], [5, 1, true]]);
  });

  it('holds it back as long as the session itself is, and records none that is not kept', async () => {
    for (const [sessionOnErrorSampleRate, expected] of [[100, ['begin held', 'view v1']], [0, []]] as const) {
      const options = { sessionReplaySampleRate: 100, sessionOnErrorSampleRate };
      const { control, did } = setUp({ options, sessionSampleRate: 0, session: HIGH });
      control.view('v1', 5);
      await settle();
      assert.deepEqual(did, expected);
    }
  });

  it('waits for the application where it asks for that, and can be forced', async () => {
    const { control, did } = setUp({ options: { startSessionReplayRecordingManually: true }, session: HIGH });
    control.view('v1', 5);
    await settle();
    control.start();
    await settle();
    assert.deepEqual(did, []);
    control.start({ force: true });
    await settle();
    assert.deepEqual(did, ['begin', 'view v1']);
    control.stop();
    control.start();
    await settle();
    assert.deepEqual(did, ['begin', 'view v1', 'stop', 'begin', 'view v1']);
  });
});

describe('a recording', () => {
  it('follows views, frustrated clicks and the end of the page', async () => {
    const { control, did, said, page } = setUp({ options: { sessionReplaySampleRate: 100 } });
    control.view('v1', 5);
    await settle();
    control.view('v2', 60);
    control.moment(70, 3);
    page.dispatch(new Event('pagehide'));
    control.drain();
    control.end();
    page.dispatch(new Event('pagehide'));
    assert.deepEqual(did, ['begin', 'view v1', 'view v2', 'frustrated 70 3', 'left', 'stop']);
    assert.deepEqual(said, [[5, 1, true], [60, 1, true]]);
  });

  it('is erased where nothing was to be sent before the end: consent was withdrawn', async () => {
    const { control, did } = setUp({ options: { sessionReplaySampleRate: 100 } });
    control.view('v1', 5);
    await settle();
    control.drain();
    await settle();
    control.end();
    assert.deepEqual(did, ['begin', 'view v1', 'erase']);
  });

  it('that is stopped while it is being loaded never begins', async () => {
    const { control, did } = setUp({ options: { sessionReplaySampleRate: 100 } });
    control.view('v1', 5);
    control.stop();
    await settle();
    assert.deepEqual(did, []);
  });

  it('that cannot be loaded is none, and events say so', async () => {
    const { control, did, said } = setUp({ options: { sessionReplaySampleRate: 100 }, isMissing: true });
    control.view('v1', 5);
    await settle();
    control.view('v2', 60);
    await settle();
    assert.deepEqual(did, []);
    assert.deepEqual(said.map(([at, has]) => [at, has]), [[5, 1], [5, 0]]);
  });

  it('ends with its session, and the next one decides anew', async () => {
    const { control, did, renew } = setUp({ options: { sessionReplaySampleRate: 20 } });
    control.view('v1', 5);
    await settle();
    renew(HIGH);
    control.view('v2', 60);
    await settle();
    assert.deepEqual(did, ['begin', 'view v1', 'stop']);
  });

  it('that ends by itself is told to be over, and counts go to the view they are about', async () => {
    const { control, did, said, host } = setUp({ options: { sessionReplaySampleRate: 100 } });
    control.view('v1', 5);
    await settle();
    control.view('v2', 60);
    host().told('v1', 2, 30, 4_000);
    host().ended();
    control.view('v3', 90);
    await settle();
    assert.deepEqual(said.map(([at, has]) => [at, has]), [[5, 1], [60, 1], [5, 1], [60, 0]]);
    assert.deepEqual(did, ['begin', 'view v1', 'view v2', 'erase']);
  });
});
