// Both official SDKs, as the script tag's own attributes ask for.
{
  const { proxy, endpoint, applicationId, clientToken, compress, viewUpdates } = document.currentScript.dataset
  const common = {
    clientToken,
    proxy: proxy === 'function' ? ({ path, parameters }) => `${endpoint}${path}?${parameters}` : endpoint,
    service: 'official-pharmacy',
    env: 'test',
    version: '1.2.3',
    sessionSampleRate: 100,
    telemetrySampleRate: 0,
    compressIntakeRequests: compress === 'true',
  }
  DD_RUM.init({
    ...common,
    applicationId,
    sessionReplaySampleRate: 100,
    defaultPrivacyLevel: 'allow',
    trackUserInteractions: true,
    trackResources: true,
    trackLongTasks: true,
    ...(viewUpdates === 'true' ? { betaEnableViewUpdates: true } : {}),
  })
  DD_LOGS.init({ ...common, forwardErrorsToLogs: true, forwardConsoleLogs: ['warn'] })
}
