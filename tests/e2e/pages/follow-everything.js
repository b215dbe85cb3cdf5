// Whatever the SDK can be asked to follow, so that whatever it patches is patched.
window.RUM = { q: [['init', {
  applicationId: '{{applicationId}}', clientToken: '{{clientToken}}', endpoint: '{{endpoint}}',
  trackUserInteractions: true, trackResources: true, trackLongTasks: true, allowedTracingUrls: [location.origin],
}]] }
window.seen = []
window.addEventListener('unhandledrejection', (event) => seen.push('rejection ' + event.reason))
window.addEventListener('error', (event) => seen.push('error ' + event.message))
