// Keeps the last value web-vitals gives for each metric where the next page of this tab can read it: one object
// per visit, because a page that comes back from the back-forward cache is measured anew.
// Every change is reported: in its default mode web-vitals may lose INP when a page is left while its idle
// callback is still pending.
{
  const visits = [{}]
  const store = () => sessionStorage.setItem('web-vitals', JSON.stringify(visits))
  // Before web-vitals adds its own listener, so that its first report after a restore falls into the new visit.
  addEventListener('pageshow', ({ persisted }) => { if (persisted) visits.push({}) }, true)
  const keep = (name) => ({ value }) => {
    visits.at(-1)[name] = value
    store()
  }
  const options = { reportAllChanges: true }
  webVitals.onLCP(keep('lcp_ms'), options)
  webVitals.onFCP(keep('fcp_ms'), options)
  webVitals.onTTFB(keep('ttfb_ms'), options)
  webVitals.onCLS(keep('cls'), options)
  webVitals.onINP(keep('inp_ms'), options)
}
