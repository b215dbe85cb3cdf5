// Keeps what web-vitals says, and what it says it is due to, where the next page of this tab can read it: one object
// per visit, because a page that comes back from the back-forward cache is measured anew, and so is a soft navigation.
// Every change is reported: in its default mode web-vitals may lose INP when a page is left while its idle
// callback is still pending.
{
  const visits = [{}]
  const causes = [{}]
  const store = () => {
    sessionStorage.setItem('web-vitals', JSON.stringify(visits))
    sessionStorage.setItem('web-vitals-causes', JSON.stringify(causes))
  }
  const begin = () => causes.push({}) && visits.push({}) - 1
  // The visit that is no soft navigation, and those that are, by their ids: what web-vitals put off to an idle moment
  // may come when the next visit has begun.
  let current = 0
  const soft = new Map()
  // Before web-vitals adds its own listener, so that its first report after a restore falls into the new visit.
  addEventListener('pageshow', ({ persisted }) => { if (persisted) current = begin() }, true)
  const keep = (name) => ({ value, attribution, navigationType, navigationId }) => {
    const isSoft = navigationType === 'soft-navigation'
    if (isSoft && !soft.has(navigationId)) soft.set(navigationId, begin())
    const visit = isSoft ? soft.get(navigationId) : current
    visits[visit][name] = value
    const { previousRect, currentRect } = attribution.largestShiftSource ?? {}
    const plain = Object.entries(attribution).filter(([, fact]) => typeof fact === 'number' || typeof fact === 'string')
    causes[visit][name] = { ...Object.fromEntries(plain), previousRect, currentRect }
    store()
  }
  const options = { reportAllChanges: true, reportSoftNavs: new URLSearchParams(location.search).has('soft') }
  webVitals.onLCP(keep('lcp_ms'), options)
  webVitals.onFCP(keep('fcp_ms'), options)
  webVitals.onTTFB(keep('ttfb_ms'), options)
  webVitals.onCLS(keep('cls'), options)
  webVitals.onINP(keep('inp_ms'), options)
}
