// Chromium through Playwright, as in all other tests.

import { type Browser, chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../chromium-flags.ts'
import { expressionOf, type RunningBrowser, type Tab, valueOf } from './browser.ts'

export async function startChromium(executablePath: string): Promise<RunningBrowser> {
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS })
  return { open: (url) => openTab(browser, url), stop: () => browser.close() }
}

export function tabOf(page: Page): Tab {
  return new ChromiumTab(page)
}

async function openTab(browser: Browser, url: string): Promise<Tab> {
  const page = await browser.newPage()
  await page.goto(url)
  return tabOf(page)
}

class ChromiumTab implements Tab {
  private readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async evaluate<Args extends unknown[], T>(inPage: (...args: Args) => T | Promise<T>, ...args: Args): Promise<T> {
    return valueOf(await this.page.evaluate(expressionOf(inPage, args)))
  }

  async click(selector: string): Promise<void> {
    // Not waiting for a load the click may begin: scenarios wait for what they mean.
    await this.page.click(selector, { noWaitAfter: true })
  }

  async type(selector: string, text: string): Promise<void> {
    await this.page.locator(selector).pressSequentially(text)
  }

  async goTo(url: string): Promise<void> {
    await this.page.goto(url)
  }

  async back(): Promise<void> {
    await this.evaluate(() => { setTimeout(() => history.back()) })
  }

  async close(): Promise<void> {
    await this.page.close()
  }
}
