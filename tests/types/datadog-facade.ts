// The facade takes what the official SDK takes: compiled, never run. A missing method or an option of another type
// is an error of `tsc`.

import type { datadogRum as official, RumInitConfiguration } from '@datadog/browser-rum'
import { datadogRum } from '../../dist/npm/datadog.js'

type Official = typeof official
type Ours = typeof datadogRum
type OfficialMethod = { [Name in keyof Official]: Official[Name] extends (...args: any) => unknown ? Name : never }[keyof Official]

/** Methods the facade lacks: none. */
const lacking: [Exclude<keyof Official, keyof Ours>] extends [never] ? true : never = true

/** Methods that do not take what the official ones take: none. */
type Unfit = { [Name in OfficialMethod]: Name extends keyof Ours ? (Ours[Name] extends (...args: Parameters<Extract<Official[Name], (...args: any) => unknown>>) => unknown ? never : Name) : Name }[OfficialMethod]
const fitting: [Unfit] extends [never] ? true : Unfit = true

export function start(configuration: RumInitConfiguration): boolean[] {
  datadogRum.init(configuration)
  datadogRum.init({
    applicationId: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
    clientToken: 'pub0123456789abcdef0123456789abcdef',
    site: 'datadoghq.eu',
    proxy: 'https://collector.example/dd',
    service: 'shop',
    env: 'prod',
    version: '1.0.0',
    sessionSampleRate: 100,
    telemetrySampleRate: 0,
    trackUserInteractions: true,
    trackingConsent: 'granted',
    sessionPersistence: ['cookie', 'memory'],
    beforeSend: (event) => event.type !== 'error',
  })
  datadogRum.setUser({ id: '1', name: 'Jane', email: 'jane@example.com', plan: 'gold' })
  datadogRum.addError(new Error('it failed'), { claim: 7 })
  return [lacking, fitting]
}
