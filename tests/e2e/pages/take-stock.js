// What the page's world is like before an SDK is in it, and what is different later. Runs first.
{
  const FUNCTIONS = [
    [window, 'fetch'], [window, 'open'], [window, 'setTimeout'], [window, 'requestAnimationFrame'],
    [XMLHttpRequest.prototype, 'open'], [XMLHttpRequest.prototype, 'send'], [XMLHttpRequest.prototype, 'abort'], [XMLHttpRequest.prototype, 'setRequestHeader'],
    [history, 'pushState'], [history, 'replaceState'],
    [console, 'debug'], [console, 'log'], [console, 'info'], [console, 'warn'], [console, 'error'],
    [navigator, 'sendBeacon'], [EventTarget.prototype, 'dispatchEvent'], [Element.prototype, 'attachShadow'], [JSON, 'stringify'],
  ]
  const nameOf = (place, name) => `${Object.prototype.toString.call(place).slice(8, -1)}.${name}`
  // Own, so that a function put on the object in place of its prototype's is seen also when it is the original.
  const look = () => FUNCTIONS.map(([place, name]) => [place[name], Object.getOwnPropertyDescriptor(place, name)])
  const before = look()
  const shape = (value) => [value.name, value.length, /\[native code\]/.test(String(value)), Object.keys(value)]
  const sameDescriptor = (one, other) => one?.value === other?.value && one?.writable === other?.writable && one?.enumerable === other?.enumerable

  const alive = []
  const keyOf = (type, callback, options) => ({ type, callback, capture: Boolean(typeof options === 'object' ? options?.capture : options) })
  const same = (one, other) => one.target === other.target && one.type === other.type && one.callback === other.callback && one.capture === other.capture
  const forget = (entry) => {
    const index = alive.findIndex((known) => same(known, entry))
    if (index >= 0) alive.splice(index, 1)
  }
  const { addEventListener, removeEventListener } = EventTarget.prototype
  EventTarget.prototype.addEventListener = function (type, callback, options) {
    const entry = { target: this ?? window, ...keyOf(type, callback, options) }
    forget(entry)
    alive.push(entry)
    if (options?.once) addEventListener.call(entry.target, type, () => forget(entry), options)
    options?.signal?.addEventListener('abort', () => forget(entry))
    return addEventListener.call(entry.target, type, callback, options)
  }
  EventTarget.prototype.removeEventListener = function (type, callback, options) {
    forget({ target: this ?? window, ...keyOf(type, callback, options) })
    return removeEventListener.call(this ?? window, type, callback, options)
  }
  const observers = new Map()
  for (const name of ['PerformanceObserver', 'MutationObserver', 'ReportingObserver', 'IntersectionObserver', 'ResizeObserver']) {
    if (!(name in window)) continue
    window[name] = class extends window[name] {
      observe(...args) {
        observers.set(this, name)
        return super.observe(...args)
      }
      disconnect() {
        observers.delete(this)
        return super.disconnect()
      }
    }
  }

  window.stock = {
    /** Functions that look different from what they were. */
    changedShapes: () => look().flatMap(([value], index) => (JSON.stringify(shape(value)) === JSON.stringify(shape(before[index][0])) ? [] : [`${nameOf(...FUNCTIONS[index])} ${JSON.stringify(shape(value))}`])),
    /** Functions that are not the very ones they were, or not where they were. */
    replaced: () => look().flatMap(([value, own], index) => (value === before[index][0] && sameDescriptor(own, before[index][1]) ? [] : [nameOf(...FUNCTIONS[index])])),
    newGlobals: () => Object.getOwnPropertyNames(window).filter((name) => !globals.has(name)),
    handlers: () => Object.keys(window).filter((name) => name.startsWith('on') && window[name] !== null),
    listeners: () => alive.map(({ type }) => type).sort(),
    observers: () => [...observers.values()].sort(),
  }
  const globals = new Set(Object.getOwnPropertyNames(window))
}
