// Every violation of the page's policy, whoever caused it.
window.violations = []
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => violations.push(effectiveDirective + ' ' + blockedURI))
