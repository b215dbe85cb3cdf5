// Against the routers themselves, so that what we read of them is there.
import '@angular/compiler';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DOCUMENT } from '@angular/common';
import { provideLocationMocks } from '@angular/common/testing';
import { Component, createEnvironmentInjector, provideZonelessChangeDetection, ɵINJECTOR_SCOPE as SCOPE } from '@angular/core';
import { provideRouter, Router, type Routes } from '@angular/router';
import { createMemoryRouter } from 'react-router';
import * as angular from '../src/integrations/angular-router.ts';
import * as react from '../src/integrations/react-router.ts';

// The declarations that go into the package fit what they declare.
void (angular satisfies typeof import('../npm/angular-router.d.ts'));
void (react satisfies typeof import('../npm/react-router.d.ts'));

/** Notes the names it is given. */
function namedViews() {
  const names: string[] = [];
  return { names, rum: { setViewName: (name: string) => void names.push(name) } };
}

describe('React Router', () => {
  const routes = [
    {
      path: '/',
      children: [
        { index: true },
        { path: 'claims', children: [{ index: true }, { path: ':id', children: [{ path: '/claims/:id/lines/:line' }] }] },
        { children: [{ path: 'refill/:id?' }] },
        { path: 'help/', children: [{ path: '*' }] },
      ],
    },
  ];

  it('names each view by the template of its route, until told to stop', async () => {
    const router = createMemoryRouter(routes, { initialEntries: ['/claims'] });
    const { names, rum } = namedViews();
    const stop = react.trackRoutes(router, rum);
    for (const path of ['/claims/10482', '/claims/7', '/claims/7/lines/2?member=42', '/refill', '/help/a/b', '/']) {
      await router.navigate(path);
    }
    stop();
    await router.navigate('/claims');
    assert.deepEqual(names, ['/claims', '/claims/:id', '/claims/:id', '/claims/:id/lines/:line', '/refill/:id?', '/help/*', '/']);
    router.dispose();
  });

  it('is not misled by data that comes without a route change', async () => {
    const router = createMemoryRouter([{ path: '/claims/:id', loader: () => null }], { initialEntries: ['/claims/1'] });
    const { names, rum } = namedViews();
    react.trackRoutes(router, rum);
    await router.revalidate();
    await router.navigate('/claims/1');
    assert.deepEqual(names, ['/claims/:id', '/claims/:id']);
    router.dispose();
  });
});

describe("Angular's router", () => {
  class Page {}
  Component({ selector: 'app-page', template: '' })(Page);

  const routes: Routes = [
    { path: '', component: Page },
    {
      path: 'claims',
      children: [
        { path: '', component: Page },
        { path: ':id', component: Page, children: [{ path: 'lines/:line', component: Page }] },
      ],
    },
    { path: 'aside', outlet: 'side', component: Page },
    { path: '**', component: Page },
  ];

  function createRouter(): Router {
    const document = { querySelector: () => null, location: { href: 'https://shop.example/' }, baseURI: 'https://shop.example/' };
    const platform = createEnvironmentInjector([{ provide: SCOPE, useValue: 'platform' }], null as never);
    const root = [{ provide: SCOPE, useValue: 'root' }, { provide: DOCUMENT, useValue: document }];
    const providers = [...root, provideZonelessChangeDetection(), provideLocationMocks(), provideRouter(routes)];
    return createEnvironmentInjector(providers, platform).get(Router);
  }

  it('names each view by the template of its route, until told to stop', async () => {
    const router = createRouter();
    const { names, rum } = namedViews();
    const stop = angular.trackRoutes(router, rum);
    for (const url of ['/claims/10482', '/claims/7/lines/2?member=42', '/claims(side:aside)', '/no/such', '/']) {
      await router.navigateByUrl(url);
    }
    stop();
    await router.navigateByUrl('/claims');
    assert.deepEqual(names, ['/claims/:id', '/claims/:id/lines/:line', '/claims', '/**', '/']);
  });
});
