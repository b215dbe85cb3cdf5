// Makes what no parser would: every element with every attribute of its own; then changes the page as applications do.

const NAMESPACES = { html: 'http://www.w3.org/1999/xhtml', svg: 'http://www.w3.org/2000/svg', math: 'http://www.w3.org/1998/Math/MathML' }

function plant([space, name, attribute, value]) {
  const element = document.createElementNS(NAMESPACES[space], name)
  if (attribute === '') element.append(value)
  else if (attribute.startsWith('xlink:')) element.setAttributeNS('http://www.w3.org/1999/xlink', attribute, value)
  else element.setAttribute(attribute, value)
  return element
}

const everyAttribute = document.getElementById('every-attribute')
const { attributes, later } = JSON.parse(document.getElementById('plan').textContent)
everyAttribute.append(...attributes.map(plant))

const secret = (label) => later[label]
const byId = (id) => document.getElementById(id)

/** What happens once recording has begun. */
function change() {
  byId('changing').textContent = secret('text changed')
  byId('changing').firstChild.data += secret('data changed')
  byId('changing').title = secret('title attribute changed')
  byId('changing').dataset.note = secret('data attribute changed')
  byId('changing').style.setProperty('--late', secret('style changed'))
  byId('changing').style.backgroundImage = `url(/a.png?q=${secret('style url changed')})`
  document.title = secret('document title changed')
  document.body.append(plant(['html', 'p', 'aria-label', secret('attribute added')]), secret('text added'))
  byId('area').value = secret('textarea set')
  byId('area').append(secret('textarea text added'))
  byId('typed').setAttribute('value', secret('value attribute set'))
  byId('editable').append(secret('contenteditable added'))
  byId('select').append(new Option(secret('option added'), secret('option value added'), true, true))
  byId('hidden').append(secret('hidden added'))
  // Shown for a moment, then masked.
  const div = document.createElement('div')
  div.dataset.ddPrivacy = 'hidden'
  document.body.append(div)
  div.append(plant(['html', 'p', 'title', secret('in an element that is hidden later')]))
  const style = document.createElement('style')
  document.head.append(style)
  style.sheet.insertRule(`.late::before { content: "${secret('insertRule content')}" }`)
  style.sheet.insertRule(`.late { background: url(/a.png?q=${secret('insertRule query')}) /* ${secret('insertRule comment')} */ }`)
  style.sheet.cssRules[0].style.setProperty('--late', `"${secret('rule style changed')}"`)
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`.adopted::before { content: "${secret('adopted content')}" }`)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  sheet.replaceSync(`.adopted::before { content: "${secret('replaceSync content')}" }`)
  byId('host').shadowRoot.append(secret('shadow added'))
  byId('dialog').append(secret('dialog added'))
  byId('dialog').showModal()
  byId('dialog').close()
  byId('popover').showPopover()
  getSelection().selectAllChildren(byId('changing'))
  byId('scrolled').scrollTop = 100
  byId('frame').contentDocument.body.append(secret('frame added'))
  history.pushState({ note: secret('history state') }, '', `/records/${secret('#history path')}/edit?q=${secret('history query')}#${secret('history hash')}`)
}

/** A password that is shown: the button with the eye. */
function showPassword() {
  byId('shown-password').type = 'text'
}
