// A visit to the page of secrets, as a person and the page's own scripts make it.

import type { Page } from 'playwright-core'
import type { HostSite } from '../site.ts'
import type { PlantedPage } from './planted.ts'

/** What the page's scripts offer (`pages/secrets.js`). */
interface PlantedWindow { change(): void; showPassword(): void }

/** Opens the page; `head` is what it loads first. */
export async function openPlanted(page: Page, site: HostSite, { html, css, path }: PlantedPage, head = ''): Promise<void> {
  const url = new URL(path, site.origin)
  site.made.set(url.pathname, html.replace('<head>', () => `<head>${head}`)).set('/secrets.css', css)
  await page.goto(url.href)
}

/** The last change of a visit: an attribute with this value, which any recorder may tell. */
export const LAST_CHANGE = 'rtl'

/** Types, looks at the password, selects and scrolls; then the page changes in all the ways there are. */
export async function visit(page: Page, { later }: PlantedPage): Promise<void> {
  await page.locator('#typed').fill('')
  await page.locator('#typed').pressSequentially(later.typed)
  await page.locator('#password').pressSequentially(later['typed password'])
  const shown = later['typed in the shown password']
  await page.locator('#shown-password').pressSequentially(shown.slice(0, 4))
  await page.evaluate(() => (window as unknown as PlantedWindow).showPassword())
  await page.locator('#shown-password').press('End')
  await page.keyboard.type(shown.slice(4))
  await page.locator('#area').fill(later['typed in the textarea'])
  await page.locator('#editable').focus()
  await page.keyboard.type(later['typed in the editor'])
  await page.locator('#select').selectOption({ index: 1 })
  await page.locator('summary').first().click()
  await page.locator('#scrolled').hover()
  await page.mouse.wheel(0, 50)
  await page.evaluate(() => (window as unknown as PlantedWindow).change())
  await page.evaluate((dir) => void (document.body.dir = dir), LAST_CHANGE)
}
