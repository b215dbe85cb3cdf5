// Firefox over WebDriver BiDi, which it speaks itself: no driver program stands between.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from '../child.ts'
import { BidiConnection } from './bidi.ts'
import type { RunningBrowser } from './browser.ts'
import { type InputSource, WebDriverTab } from './webdriver-tab.ts'

/** Quiet on a machine without network; what automation needs besides, Firefox sets itself when it is driven. */
const PREFERENCES = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.proxy.type': 0,
  'services.settings.server': 'data:,#nothing-from-outside',
  'toolkit.telemetry.server': 'data:,#nothing-from-outside',
}

export async function startFirefox(program: string): Promise<RunningBrowser> {
  const profileDir = await mkdtemp(join(tmpdir(), 'rum-firefox-'))
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`)
  await writeFile(join(profileDir, 'user.js'), lines.join('\n'))
  const firefox = new Child('Firefox', program, ['--headless', '--no-remote', '--profile', profileDir, '--remote-debugging-port=0', 'about:blank'])
  const end = async (): Promise<void> => {
    await firefox.stop()
    await rm(profileDir, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const url = await firefox.firstLine('where it listens', (line) => /^WebDriver BiDi listening on (ws:\S+)$/.exec(line)?.[1])
    const bidi = await BidiConnection.open(`${url}/session`)
    await bidi.send('session.new', { capabilities: {} })
    return { open: (page) => FirefoxTab.open(bidi, page), stop: () => close(bidi).then(end) }
  } catch (fault) {
    await end()
    throw fault
  }
}

/** Asked to leave by itself first, so that its content processes go with it. */
async function close(bidi: BidiConnection): Promise<void> {
  await bidi.send('browser.close').catch(() => undefined)
  bidi.close()
}

type ScriptResult =
  | { type: 'success'; result: { value?: unknown } }
  | { type: 'exception'; exceptionDetails: { text: string } }

class FirefoxTab extends WebDriverTab {
  private readonly bidi: BidiConnection
  private readonly context: string

  private constructor(bidi: BidiConnection, context: string) {
    super()
    this.bidi = bidi
    this.context = context
  }

  static async open(bidi: BidiConnection, url: string): Promise<FirefoxTab> {
    const visitor = await bidi.send<{ userContext: string }>('browser.createUserContext')
    // Each in a window: a tab behind another is hidden.
    const { context } = await bidi.send<{ context: string }>('browsingContext.create', { type: 'window', ...visitor })
    const tab = new FirefoxTab(bidi, context)
    await tab.goTo(url)
    return tab
  }

  async goTo(url: string): Promise<void> {
    await this.bidi.send('browsingContext.navigate', { context: this.context, url, wait: 'complete' })
  }

  async close(): Promise<void> {
    await this.bidi.send('browsingContext.close', { context: this.context })
  }

  protected async ask(expression: string): Promise<unknown> {
    const answer = await this.bidi.send<ScriptResult>('script.evaluate', { expression, awaitPromise: true, target: { context: this.context } })
    if (answer.type === 'exception') throw new Error(answer.exceptionDetails.text)
    return answer.result.value
  }

  protected async perform(source: InputSource): Promise<void> {
    await this.bidi.send('input.performActions', { context: this.context, actions: [source] })
  }
}
