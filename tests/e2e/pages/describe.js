// A document as text, to be compared: attributes in order, what is set on elements by other means, shadow roots, documents of
// frames, rules of style sheets.
//
// `whole` tells all, the player's marks too. `comparable` leaves out what a recording does not hold or a player does not
// show: scripts, metas and comments, and the spaces between them; addresses; attributes that say what a property of the
// element says as well; where it is scrolled, which browsers adjust without being asked; what rrweb's player adds of its own.
// `structure` tells elements and texts only.
globalThis.describe = (document, how = 'whole') => {
  const OWN = 'data-rum-player-'
  const NOT_RECORDED = new Set(['script', 'noscript', 'meta', 'base', 'object', 'embed', 'title'])
  const ADDRESSES = new Set(['href', 'src', 'srcset', 'action', 'xlink:href', 'rel', 'poster', 'popover', 'open'])
  const SAID_TWICE = new Set(['value', 'checked', 'selected', 'type', 'autocomplete'])
  const isWhole = how === 'whole'
  const isStructure = how === 'structure'

  const isShown = ({ name }) => isWhole || !(name.startsWith(OWN) || name.startsWith('rr_') || name === '_cssText' || ADDRESSES.has(name) || SAID_TWICE.has(name))
  const children = (of) => [...of.childNodes].map(told).join('')
  const rulesOf = (sheet) => JSON.stringify([...sheet.cssRules].map((rule) => rule.cssText))
  const adopted = (root) => (!isStructure && root.adoptedStyleSheets?.length ? `#adopted(${root.adoptedStyleSheets.map(rulesOf)})` : '')

  function told(node) {
    switch (node.nodeType) {
      case 1:
        return element(node)
      case 3:
        return isWhole || node.data.trim() !== '' ? node.data : ''
      case 9:
        return adopted(node) + (isWhole ? `#${node.compatMode}` : '') + children(node)
      case 10:
        return `<!DOCTYPE ${node.name}>`
      default:
        return ''
    }
  }

  function element(node) {
    const name = node.localName
    if (node.hasAttribute(`${OWN}own`) || (!isWhole && NOT_RECORDED.has(name))) return ''
    if (isStructure && (name === 'style' || name === 'link')) return ''
    if (!isWhole && (name === 'style' || name === 'link')) return node.sheet && !rulesOf(node.sheet).includes('.rr-block') ? `<style>${rulesOf(node.sheet)}</style>` : ''
    const valueOf = (attribute) => (isWhole || attribute.name !== 'class' ? attribute.value : attribute.value.replace(/:hover|rrweb-paused/g, '').trim())
    const attributes = [...node.attributes].filter(isShown).filter((attribute) => isWhole || valueOf(attribute) !== '').map((attribute) => `${attribute.name}=${JSON.stringify(valueOf(attribute))}`).sort()
    const shadow = node.shadowRoot ? `#shadow(${adopted(node.shadowRoot)}${children(node.shadowRoot)})` : ''
    const frame = name === 'iframe' && node.contentDocument?.documentElement ? `#document(${told(node.contentDocument)})` : ''
    const content = name === 'style' ? '' : name === 'textarea' && !isWhole ? '' : children(node)
    return `<${(isStructure ? [name] : [name, ...attributes, ...states(node)]).join(' ')}>${shadow}${frame}${content}</${name}>`
  }

  function states(node) {
    const properties = { input: ['value', 'checked', 'indeterminate'], textarea: ['value'], select: ['value'] }
    const told = (properties[node.localName] ?? []).map((name) => `${name}:${JSON.stringify(node[name])}`)
    if (node.localName === 'option') told.push(`selected:${node.selected}`)
    if (isWhole && (node.scrollLeft || node.scrollTop)) told.push(`scroll:${Math.round(node.scrollLeft)},${Math.round(node.scrollTop)}`)
    if (node.localName === 'dialog') told.push(`modal:${node.matches(':modal')}`)
    if (node.hasAttribute('popover') && isWhole) told.push(`popover:${node.matches(':popover-open')}`)
    if (node.localName.includes('-') && isWhole) told.push(`defined:${node.matches(':defined')}`)
    if (node.sheet) told.push(`rules:${rulesOf(node.sheet)}`)
    return told
  }

  return told(document)
}
