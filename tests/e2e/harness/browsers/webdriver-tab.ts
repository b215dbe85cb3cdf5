// What both W3C protocols (WebDriver and WebDriver BiDi) say in the same words: input is a list of actions by
// device, and what the page is asked, it is asked by script.

import { eventually } from '../eventually.ts'
import { expressionOf, type Tab, valueOf } from './browser.ts'

type Action = { type: string; x?: number; y?: number; origin?: string; button?: number; value?: string }

export interface InputSource { type: 'pointer' | 'key'; id: string; parameters?: { pointerType: 'mouse' }; actions: Action[] }

export abstract class WebDriverTab implements Tab {
  async evaluate<Args extends unknown[], T>(inPage: (...args: Args) => T | Promise<T>, ...args: Args): Promise<T> {
    return valueOf(await this.ask(expressionOf(inPage, args)))
  }

  async click(selector: string): Promise<void> {
    const [x, y] = await eventually(`${selector} can be clicked`, () => this.evaluate(middleOf, selector))
    const actions = [{ type: 'pointerMove', x, y, origin: 'viewport' }, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }]
    await this.perform({ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions })
  }

  async type(selector: string, text: string): Promise<void> {
    await this.evaluate((target) => (document.querySelector(target) as HTMLElement).focus(), selector)
    const actions = [...text].flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }])
    await this.perform({ type: 'key', id: 'keyboard', actions })
  }

  async back(): Promise<void> {
    // In a task of its own: a page that is being left gives no answer.
    await this.evaluate(() => { setTimeout(() => history.back()) })
  }

  abstract goTo(url: string): Promise<void>
  abstract close(): Promise<void>

  /** What the promise of an expression in the page becomes; throws what it throws. */
  protected abstract ask(expression: string): Promise<unknown>
  protected abstract perform(source: InputSource): Promise<void>
}

function middleOf(selector: string): [number, number] {
  const element = document.querySelector(selector)
  if (element === null) throw new Error(`there is no ${selector}`)
  element.scrollIntoView({ block: 'nearest' })
  const { x, y, width, height } = element.getBoundingClientRect()
  return [Math.round(x + width / 2), Math.round(y + height / 2)]
}
