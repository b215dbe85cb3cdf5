import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { checkOptions } from '../src/options.ts';
import { installPage } from './page.ts';

const right = { applicationId: '3fa85f64-5717-4562-b3fc-2c963f66afa6', endpoint: 'https://collector.example/x/' };

describe('options', () => {
  let page: ReturnType<typeof installPage>;
  beforeEach(() => {
    page = installPage();
  });

  it('fill in every default and say nothing', () => {
    assert.deepEqual(checkOptions(right), {
      ...right,
      clientToken: undefined,
      intakeUrl: `https://collector.example/x/v1?k=${right.applicationId}`,
      service: undefined,
      env: undefined,
      version: undefined,
      sessionSampleRate: 100,
      trackUserInteractions: true,
      honorGlobalPrivacyControl: false,
      trackFailedRequests: false,
      actionNameAttribute: undefined,
      enablePrivacyForActionName: true,
      defaultPrivacyLevel: 'mask',
      trackViewsManually: false,
      allowedQueryParameters: [],
      excludedActivityUrls: [],
      trackLongTasks: true,
      trackResources: true,
      trackingConsent: 'granted',
    });
    assert.deepEqual(page.warnings, []);
  });

  it('use the client token as public key where there is one', () => {
    assert.equal(checkOptions({ ...right, clientToken: 'pub&1' })?.intakeUrl, 'https://collector.example/x/v1?k=pub%261');
  });

  it('say in each request that the visitor agreed where the page manages consent', () => {
    for (const trackingConsent of ['granted', 'not-granted']) {
      assert.match(checkOptions({ ...right, trackingConsent })?.intakeUrl ?? '', /v1\?k=[^&]+&c=1$/);
    }
  });

  it('take an endpoint on the page itself', () => {
    assert.match(checkOptions({ ...right, endpoint: '/collector' })?.intakeUrl ?? '', /^https:\/\/shop\.example\/collector\/v1\?k=/);
  });

  for (const [name, raw, told] of [
    ['nothing at all', undefined, /not started: applicationId must be a non-empty string; endpoint must be/],
    ['a missing id', { endpoint: right.endpoint }, /not started: applicationId must be a non-empty string/],
    ['an id of the wrong type', { ...right, applicationId: 7 }, /not started: applicationId must be/],
    ['an endpoint that is no address', { ...right, endpoint: 'javascript:alert(1)' }, /not started: endpoint must be an http\(s\) URL/],
    ['a consent that cannot be read', { ...right, trackingConsent: true }, /not started: trackingConsent must be 'granted' or 'not-granted'/],
  ] as const) {
    it(`stop the SDK for ${name}, with one warning`, () => {
      assert.equal(checkOptions(raw), undefined);
      assert.equal(page.warnings.length, 1);
      assert.match(page.warnings[0] ?? '', told);
    });
  }

  it('fall back to defaults for what is wrong but not needed, with one warning that names each', () => {
    const checked = checkOptions({ ...right, service: 7, sessionSampleRate: 101, trackUserInteractions: 'yes', sevice: 'x' });
    assert.deepEqual(
      [checked?.service, checked?.sessionSampleRate, checked?.trackUserInteractions],
      [undefined, 100, true],
    );
    assert.deepEqual(checked?.extra, { sevice: 'x' }, 'what the loader does not know is for the core to judge');
    assert.equal(page.warnings.length, 1);
    for (const name of ['service must be', 'sessionSampleRate must be', 'trackUserInteractions must be']) {
      assert.match(page.warnings[0] ?? '', new RegExp(name));
    }
    assert.doesNotMatch(page.warnings[0] ?? '', /not started/);
  });

  it('take the privacy levels there are and no other', () => {
    for (const level of ['mask', 'mask-user-input', 'mask-unless-allowlisted', 'allow']) {
      assert.equal(checkOptions({ ...right, defaultPrivacyLevel: level })?.defaultPrivacyLevel, level);
    }
    for (const level of ['hidden', 'mask-user', '', 'mask, ', 7]) {
      assert.equal(checkOptions({ ...right, defaultPrivacyLevel: level })?.defaultPrivacyLevel, 'mask');
    }
    assert.match(page.warnings[0] ?? '', /defaultPrivacyLevel must be 'mask', /);
  });
});
