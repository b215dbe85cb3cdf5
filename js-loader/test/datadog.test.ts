import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createDatadogRum } from '../src/datadog-facade.ts';
import { METHODS } from '../src/datadog-types.ts';
import type { AdmittedOptions } from '../src/types.ts';
import { installPage } from './page.ts';

/** A facade, and the options its core was started with. */
function setUp() {
  const started: AdmittedOptions[] = [];
  const told: string[] = [];
  const rum = createDatadogRum(async () => ({
    boot: async (options) => {
      started.push(options);
      return () => ({ call: ([name]) => told.push(name), stop: () => {} });
    },
    erase: async () => {},
  }));
  return { rum, started, told };
}

const official = { applicationId: 'a', clientToken: 'pub', site: 'datadoghq.eu', telemetrySampleRate: 20 };

describe('the facade', () => {
  let page: ReturnType<typeof installPage>;
  beforeEach(() => {
    page = installPage();
  });

  it('finds the collector behind the door of the official SDK', async () => {
    const { rum, started } = setUp();
    rum.init({ ...official, proxy: 'https://collector.example/shop/dd', service: null });
    await page.load();
    assert.equal(started[0]?.intakeUrl, 'https://collector.example/shop/v1?k=pub');
    assert.deepEqual(page.warnings, []);
  });

  it('names in one note what changes nothing here', async () => {
    const { rum, started } = setUp();
    rum.init({ ...official, endpoint: 'https://collector.example', plugins: [], profilingSampleRate: 10, replica: {}, trackAnonymousUser: true });
    await page.load();
    assert.equal(started[0]?.trackAnonymousUser, true);
    assert.ok(!('profilingSampleRate' in (started[0] ?? {})));
    assert.equal(page.warnings.length, 1);
    assert.match(page.warnings[0] ?? '', /change nothing here: profilingSampleRate, replica$/);
  });

  it('has every method, and forwards by name', async () => {
    const { rum, told } = setUp();
    rum.init({ ...official, endpoint: 'https://collector.example' });
    await page.load();
    rum.addAction('paid');
    for (const name of METHODS) assert.equal(typeof rum[name], 'function', name);
    rum.startSessionReplayRecording();
    assert.equal(rum.getSessionReplayLink(), undefined);
    // The link is asked for where the options name a site; before the core is there, there is none.
    assert.deepEqual(told, ['say', 'addAction', 'startSessionReplayRecording', 'getInternalContext']);
  });

  it('answers with the configuration as it was given', () => {
    const { rum } = setUp();
    assert.equal(rum.getInitConfiguration(), undefined);
    const given = { ...official, proxy: 'https://collector.example/dd' };
    rum.init(given);
    rum.init({ ...given, env: 'ignored' });
    assert.deepEqual(rum.getInitConfiguration(), given);
  });
});
