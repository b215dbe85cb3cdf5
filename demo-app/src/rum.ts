// All there is to add to an application: one import, one call.

import { rum } from 'rum-wasm'

export function startRum(): void {
  rum.init({
    applicationId: setting('rum-application-id'),
    endpoint: setting('rum-endpoint'),
    service: 'pharmacy-claims',
    env: 'demo',
    version: '0.1.0',
    trackUserInteractions: true,
    sessionReplaySampleRate: 100,
  })
}

/** The demo's web server writes these into the page; see server/rum-settings.ts. */
function setting(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? ''
}
