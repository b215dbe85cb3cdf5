import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createRum } from '../src/rum.ts';
import type { Contexts, CoreModule, InitOptions, Rum, Sdk } from '../src/types.ts';
import { installPage, settle } from './page.ts';

const options: InitOptions = { applicationId: 'a', endpoint: 'https://collector.example' };

/** An SDK that notes what it is told. */
function setUp(boot?: CoreModule['boot']) {
  const told: string[] = [];
  const said: Contexts[] = [];
  let imports = 0;
  const sdk: Sdk = {
    call([name, , [first, context]]) {
      if (name === 'say') said.push(structuredClone(first as Contexts));
      else told.push(`${name} ${String(first)} ${JSON.stringify(context)}`);
    },
    stop: (erase) => told.push(`stop ${erase}`),
  };
  const start: Awaited<ReturnType<CoreModule['boot']>> = (early) => {
    told.push(`start ${early.map((event) => event.type)}`);
    return sdk;
  };
  const rum = createRum(() => {
    imports += 1;
    return Promise.resolve({ boot: boot ?? (() => Promise.resolve(start)), erase: async () => void told.push('erase') });
  });
  return { rum, told, said, imports: () => imports };
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
    // One of the hundred tells the contexts.
    assert.equal(told.length, 100);
    assert.equal(told[0], `start ${Array(100).fill('click')}`);
    assert.equal(told[99], 'addAction 98 undefined');
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

describe('contexts', () => {
  let page: ReturnType<typeof installPage>;
  beforeEach(() => {
    page = installPage();
  });

  it('answer at once, before init and before the core is there', () => {
    const { rum } = setUp();
    for (const [set, property, remove, get, clear] of [
      [rum.setUser, rum.setUserProperty, rum.removeUserProperty, rum.getUser, rum.clearUser],
      [rum.setAccount, rum.setAccountProperty, rum.removeAccountProperty, rum.getAccount, rum.clearAccount],
      [rum.setGlobalContext, rum.setGlobalContextProperty, rum.removeGlobalContextProperty, rum.getGlobalContext, rum.clearGlobalContext],
      [rum.setViewContext, rum.setViewContextProperty, rum.removeViewContextProperty, rum.getViewContext, rum.clearViewContext],
    ] as const) {
      assert.deepEqual(get(), {});
      set({ id: 'a', plan: { name: 'gold' } });
      property('team', ['x']);
      remove('id');
      assert.deepEqual(get(), { plan: { name: 'gold' }, team: ['x'] });
      clear();
      assert.deepEqual(get(), {});
    }
  });

  it('reach the core in the order of what happened, each as it was then', async () => {
    const { rum, told, said } = setUp();
    const user = { id: 'a' };
    rum.setUser(user);
    rum.init(options);
    user.id = 'changed by the page';
    rum.addAction('first');
    rum.setUserProperty('plan', 'gold');
    rum.addFeatureFlagEvaluation('new', true);
    await page.load();
    assert.deepEqual(told, ['start ', 'addAction first undefined']);
    assert.deepEqual(said, [
      { User: { id: 'a' } },
      { User: { id: 'a', plan: 'gold' } },
      { User: { id: 'a', plan: 'gold' }, FeatureFlags: { new: true } },
    ]);
  });

  it('never throw, whatever they are given', () => {
    const { rum } = setUp();
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    rum.setUser({ id: 'a' });
    rum.setUserProperty('cyclic', cyclic);
    assert.deepEqual(rum.getUser(), { id: 'a' });
    for (const odd of [undefined, null, 7, cyclic, 10n]) rum.setGlobalContext(odd as never);
    assert.deepEqual(rum.getGlobalContext(), {});
    assert.ok(page.warnings.every((warning) => /JSON/.test(warning)));
  });

  it('are of one instance each', () => {
    const { rum } = setUp();
    const other = rum.createInstance('widget');
    rum.setUser({ id: 'a' });
    assert.deepEqual(other.getUser(), {});
  });
});

describe('consent', () => {
  let page: ReturnType<typeof installPage>;
  beforeEach(() => {
    page = installPage();
  });

  it('given before init holds for init', async () => {
    const { rum, imports } = setUp();
    rum.setTrackingConsent('not-granted');
    rum.init(options);
    await page.load();
    assert.equal(imports(), 0);
  });

  it('is not there where the browser asks for privacy and the application honours it', async () => {
    Object.defineProperty(globalThis, 'navigator', { value: { globalPrivacyControl: true }, configurable: true });
    const { rum, imports } = setUp();
    rum.init({ ...options, honorGlobalPrivacyControl: true });
    rum.setTrackingConsent('granted');
    await page.load();
    assert.equal(imports(), 0);
    rum.shutdown();
    rum.init(options);
    await page.load();
    assert.equal(imports(), 1, 'by default it is not asked');
  });

  it('refused, erases what an earlier page kept, and fetches nothing if nothing is there', async () => {
    const { rum, told, imports } = setUp();
    rum.init({ ...options, trackingConsent: 'not-granted' });
    await page.load();
    assert.equal(imports(), 0);
    page.document.cookie = 'theme=dark; rum_session=1';
    rum.setTrackingConsent('not-granted');
    await page.load();
    assert.deepEqual(told, ['erase']);
  });
});

describe('what an application may ask', () => {
  beforeEach(() => void installPage());

  it('is answered while nothing runs, too', () => {
    const { rum } = setUp();
    assert.equal(rum.getInternalContext(), undefined);
    assert.equal(rum.getInitConfiguration(), undefined);
    rum.init(options);
    assert.equal(rum.getInternalContext(), undefined);
    assert.deepEqual(rum.getInitConfiguration(), options);
    assert.equal(rum.version, '0.0.0-test');
    let isReady = false;
    rum.onReady(() => (isReady = true));
    assert.ok(isReady);
  });
});
