// Page timers start at first paint, not at load: else load would reorder paint and script.
// `settled` is set once the given steps are done and the frame after the last one was drawn.
function afterFirstPaint(steps) {
  new PerformanceObserver((_, observer) => {
    observer.disconnect()
    for (const [after_ms, step] of steps) setTimeout(step, after_ms)
    const last_ms = Math.max(0, ...steps.map(([after_ms]) => after_ms))
    setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => { document.documentElement.dataset.settled = 'yes' })), last_ms)
  }).observe({ type: 'paint', buffered: true })
}
