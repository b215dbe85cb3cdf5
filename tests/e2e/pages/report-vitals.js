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
  const another = () => {
    visits.push({})
    causes.push({})
  }
  // Before web-vitals adds its own listener, so that its first report after a restore falls into the new visit.
  addEventListener('pageshow', ({ persisted }) => { if (persisted) another() }, true)
  let softNavigation = 0
  const keep = (name) => ({ value, attribution, navigationType, navigationId }) => {
    if (navigationType === 'soft-navigation' && navigationId !== softNavigation) {
      softNavigation = navigationId
      another()
    }
    visits.at(-1)[name] = value
    const { previousRect, currentRect } = attribution.largestShiftSource ?? {}
    const plain = Object.entries(attribution).filter(([, fact]) => typeof fact === 'number' || typeof fact === 'string')
    causes.at(-1)[name] = { ...Object.fromEntries(plain), previousRect, currentRect }
    store()
  }
  const options = { reportAllChanges: true, reportSoftNavs: new URLSearchParams(location.search).has('soft') }
  webVitals.onLCP(keep('lcp_ms'), options)
  webVitals.onFCP(keep('fcp_ms'), options)
  webVitals.onTTFB(keep('ttfb_ms'), options)
  webVitals.onCLS(keep('cls'), options)
  webVitals.onINP(keep('inp_ms'), options)
}
