// The player on a page of its own, for the tests that drive it.
import { createPlayer } from '/player.js'

const told = []
addEventListener('error', ({ message }) => told.push(message))
addEventListener('unhandledrejection', ({ reason }) => told.push(String(reason)))

const stage = {
  told,
  player: undefined,
  /** Loads segments; what a method throws is told. */
  load(segments) {
    stage.player?.destroy()
    stage.player = createPlayer(document.getElementById('stage'))
    stage.safely(() => stage.player.load(segments))
  },
  safely(run) {
    try {
      return run()
    } catch (error) {
      told.push(`threw ${error}`)
      return undefined
    }
  },
  /** The document at a position, as text: attributes in order, what is set on elements, the player's own marks if asked for. */
  documentAt(ms, withMarks = false) {
    const shown = stage.safely(() => stage.player.documentAt(ms))
    return shown ? describe(shown, withMarks) : ''
  },
}
globalThis.stage = stage

const OWN = 'data-rum-player-'

function describe(node, withMarks) {
  if (node.nodeType === 3) return node.data
  if (node.nodeType === 10) return `<!DOCTYPE ${node.name}>`
  if (node.nodeType === 1 && node.hasAttribute(`${OWN}own`)) return ''
  let text = ''
  const children = (of) => [...of.childNodes].map((child) => describe(child, withMarks)).join('')
  if (node.nodeType !== 1) return adopted(node) + children(node)
  const attributes = [...node.attributes].filter(({ name }) => withMarks || !name.startsWith(OWN)).map(({ name, value }) => `${name}=${JSON.stringify(value)}`)
  const state = ['value', 'checked', 'indeterminate', 'selected'].filter((name) => name in node && node.localName !== 'li').map((name) => `${name}:${JSON.stringify(node[name])}`)
  if (node.scrollLeft || node.scrollTop) state.push(`scroll:${Math.round(node.scrollLeft)},${Math.round(node.scrollTop)}`)
  if (node.localName === 'dialog') state.push(`modal:${node.matches(':modal')}`)
  if (node.hasAttribute('popover')) state.push(`popover:${node.matches(':popover-open')}`)
  if (node.sheet) state.push(`rules:${JSON.stringify([...node.sheet.cssRules].map((rule) => rule.cssText))}`)
  text += `<${[node.localName, ...attributes.sort(), ...state].join(' ')}>`
  if (node.shadowRoot) text += `#shadow(${adopted(node.shadowRoot)}${children(node.shadowRoot)})`
  if (node.localName === 'iframe' && node.contentDocument) text += `#document(${describe(node.contentDocument, withMarks)})`
  return `${text}${node.localName === 'style' ? '' : children(node)}</${node.localName}>`
}

function adopted(root) {
  const sheets = root.adoptedStyleSheets ?? []
  return sheets.length === 0 ? '' : `#adopted(${JSON.stringify(sheets.map((sheet) => [...sheet.cssRules].map((rule) => rule.cssText)))})`
}
