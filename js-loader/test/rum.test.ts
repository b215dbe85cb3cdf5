import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createRum } from '../src/rum.ts';
import type { CoreModule, InitOptions, Rum, Sdk } from '../src/types.ts';
import { installPage, settle } from './page.ts';

const options: InitOptions = { applicationId: 'a', endpoint: 'https://collector.example' };

/** An SDK that notes what it is told. */
function setUp(boot?: CoreModule['boot']) {
  const told: string[] = [];
  let imports = 0;
  const sdk: Sdk = {
    call: ([name, , [first, context]]) => told.push(`${name} ${String(first)} ${JSON.stringify(context)}`),
    stop: (erase) => told.push(`stop ${erase}`),
  };
  const start: Awaited<ReturnType<CoreModule['boot']>> = (_, early) => {
    told.push(`start ${early.map((event) => event.type)}`);
    return sdk;
  };
  const rum = createRum(() => {
    imports += 1;
    return Promise.resolve({ boot: boot ?? (() => Promise.resolve(start)), erase: () => told.push('erase') });
  });
  return { rum, told, imports: () => imports };
}

describe('the public API', () => {
  let page: ReturnType<typeof installPage>;
  beforeEach(() => {
    page = installPage();
  });

  it('fetches the core after the first paint and hands over what happened before', async () => {
    const { rum, told, imports } = setUp();
    rum.init(options);
    page.dispatch(new Event('click'));
    rum.addAction('refilled', { n: 1 });
    await settle();
    assert.equal(imports(), 0);
    await page.load();
    page.dispatch(new Event('click'));
    assert.deepEqual(told, ['start click', 'addAction refilled {"n":1}']);
  });

  it('waits for a prerendered page to be shown', async () => {
    const { rum, imports } = setUp();
    page.document.prerendering = true;
    rum.init(options);
    await page.load();
    assert.equal(imports(), 0);
    page.document.prerendering = false;
    page.dispatch(new Event('prerenderingchange'));
    await page.load();
    assert.equal(imports(), 1);
  });

  it('captures and fetches nothing before consent, and erases when it is withdrawn', async () => {
    const { rum, told, imports } = setUp();
    rum.init({ ...options, trackingConsent: 'not-granted' });
    page.dispatch(new Event('click'));
    rum.addAction('before');
    await page.load();
    assert.equal(imports(), 0);
    rum.setTrackingConsent('granted');
    await page.load();
    rum.setTrackingConsent('not-granted');
    rum.addAction('after');
    assert.deepEqual(told, ['start ', 'stop true']);
  });

  it('starts once, however often it is told', async () => {
    const { rum, imports } = setUp();
    rum.init(options);
    rum.init(options);
    await page.load();
    assert.equal(imports(), 1);
    assert.match(page.warnings.join(), /init was called before/);
  });

  it('goes dead with one warning when the core cannot be had', async () => {
    const { rum, told } = setUp(() => Promise.reject(new Error('wasm is forbidden here')));
    rum.init(options);
    await page.load();
    rum.addAction('ignored');
    assert.deepEqual(told, []);
    assert.equal(page.warnings.length, 1);
    assert.match(page.warnings[0] ?? '', /stopped; the page is not affected.*wasm is forbidden here/);
  });

  it('bounds what it keeps while the core is on its way', async () => {
    const { rum, told } = setUp();
    rum.init(options);
    for (let index = 0; index < 500; index += 1) {
      rum.addAction(String(index));
      page.dispatch(new Event('click'));
    }
    await page.load();
    assert.equal(told.length, 101);
    assert.equal(told[0], `start ${Array(100).fill('click')}`);
    assert.equal(told[100], 'addAction 99 undefined');
  });

  it('can be shut down and started anew', async () => {
    const { rum, told } = setUp();
    rum.init(options);
    await page.load();
    rum.shutdown();
    rum.init(options);
    await page.load();
    assert.deepEqual(told, ['start ', 'stop false', 'start ']);
  });

  it('never throws, whatever it is given', async () => {
    const { rum, told } = setUp();
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const odd = { toString: () => assert.fail('odd') };
    rum.init(options);
    await page.load();
    rum.addAction('cyclic', cyclic);
    rum.addAction(odd as unknown as string);
    rum.addAction('long', { text: 'x'.repeat(10_000) });
    (rum as unknown as Rum & { addError(...args: unknown[]): void }).addError(undefined, 7);
    assert.deepEqual(told.slice(1).map((call) => call.slice(0, 30)), [
      'addAction cyclic undefined',
      'addAction [object Object] unde',
      'addAction long {"text":"xxxxxx',
      'addError undefined 7',
    ]);
    assert.equal(page.warnings.length, 1);
  });
});
