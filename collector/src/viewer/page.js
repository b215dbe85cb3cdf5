// The page of the viewer port. Everything shown comes from browsers of strangers, so text enters the page
// through `textContent` only.

const POLL_MS = 2000;
const VIEW_LIMIT = 100;
/** Groups of errors and targets shown. */
const GROUP_LIMIT = 10;
/** Happenings shown of a view before "show all". */
const SHORT_LIST = 8;

// Good up to the first figure, poor beyond the second: Google's thresholds, web.dev/articles/vitals.
const VITALS = [
  { key: 'lcp_ms', name: 'LCP', title: 'Largest Contentful Paint', good: 2500, poor: 4000, text: duration },
  { key: 'cls', name: 'CLS', title: 'Cumulative Layout Shift', good: 0.1, poor: 0.25, text: (score) => score.toFixed(3) },
  { key: 'inp_ms', name: 'INP', title: 'Interaction to Next Paint', good: 200, poor: 500, text: duration },
  { key: 'fcp_ms', name: 'FCP', title: 'First Contentful Paint', good: 1800, poor: 3000, text: duration },
  { key: 'ttfb_ms', name: 'TTFB', title: 'Time To First Byte', good: 800, poor: 1800, text: duration },
];
const VERDICTS = { good: 'good', fair: 'needs improvement', poor: 'poor', none: 'not measured' };

const page = {
  application: document.getElementById('application'),
  status: document.getElementById('status'),
  summary: document.getElementById('summary'),
  errors: document.getElementById('errors'),
  frustrations: document.getElementById('frustrations'),
  views: document.getElementById('views'),
  empty: document.getElementById('empty'),
};

/** Ids of views whose list the reader opened; kept over refreshes. */
const opened = new Set();
let shown = '';

page.application.addEventListener('change', refresh);
page.views.addEventListener('click', (event) => {
  const id = event.target.dataset?.view;
  if (id) {
    opened.add(id);
    shown = '';
    void refresh();
  }
});
document.addEventListener('visibilitychange', refresh);
void poll();

async function poll() {
  await refresh();
  setTimeout(poll, POLL_MS);
}

async function refresh() {
  if (document.hidden) return;
  try {
    const texts = await Promise.all([
      ask('views', VIEW_LIMIT),
      ask('errors', GROUP_LIMIT),
      ask('frustrations', GROUP_LIMIT),
    ]);
    setStatus('live', `Live · ${new Date().toLocaleTimeString()}`);
    // Unchanged data leaves the page alone, and with it what the reader has selected.
    if (texts.join() === shown) return;
    shown = texts.join();
    const [{ views }, { errors }, { frustrations }] = texts.map((text) => JSON.parse(text));
    show(views);
    showGroups(page.errors, 'Errors', errors.map(errorGroup));
    showGroups(page.frustrations, 'Clicks that went wrong', frustrations.map(frustratingTarget));
  } catch (error) {
    setStatus('away', error instanceof TypeError ? 'The collector is away' : error.message);
  }
}

async function ask(name, limit) {
  const parameters = new URLSearchParams({ limit: String(limit) });
  if (page.application.value) parameters.set('application_id', page.application.value);
  const response = await fetch(`api/${name}?${parameters}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim());
  return text;
}

function setStatus(state, text) {
  page.status.className = `status ${state}`;
  page.status.textContent = text;
}

function show(views) {
  page.empty.hidden = views.length > 0;
  page.summary.hidden = views.length === 0;
  page.summary.replaceChildren(...VITALS.map((vital) => summaryTile(vital, views)));
  page.views.replaceChildren(...views.map(viewCard));
  for (const { application_id: id } of views) {
    if (![...page.application.options].some((option) => option.value === id)) {
      page.application.add(new Option(id, id));
    }
  }
}

function showGroups(section, title, lines) {
  section.hidden = lines.length === 0;
  section.replaceChildren(element('h2', 'place', title), element('ol', 'happenings', lines));
}

function errorGroup({ fingerprint, type, message, count: times, view_count: views, last_ms: lastMs }) {
  const what = `${type ? `${type}: ` : ''}${message}`;
  const line = element('li', 'happening error', [
    element('span', 'when', `${times} ×`),
    element('span', 'kind', count(views, 'view')),
    element('span', 'what', what),
  ]);
  line.title = `${what}\nlast ${moment(lastMs)}${fingerprint ? `\nfingerprint ${fingerprint}` : ''}`;
  return line;
}

function frustratingTarget({ target, name, click_count: clicks, view_count: views, last_ms: lastMs, ...counts }) {
  const kinds = [['rage', counts.rage_click_count], ['dead', counts.dead_click_count], ['error', counts.error_click_count]];
  const told = kinds.filter(([, times]) => times > 0).map(([kind, times]) => count(times, `${kind} click`));
  const line = element('li', 'happening error', [
    element('span', 'when', `${clicks} ×`),
    element('span', 'kind', count(views, 'view')),
    element('span', 'what', `${target}: ${told.join(', ')}`),
  ]);
  line.title = `${name}\nlast ${moment(lastMs)}`;
  return line;
}

function summaryTile(vital, views) {
  const values = views.map((view) => view.vitals[vital.key]).filter((value) => value !== null);
  const value = percentile75(values);
  const verdict = judge(vital, value);
  const tile = element('div', `tile ${verdict}`, [
    element('div', 'measure', `${vital.name} · p75`),
    element('div', 'value', value === null ? '–' : vital.text(value)),
    element('div', 'verdict', `${VERDICTS[verdict]} · ${values.length} of ${views.length}`),
  ]);
  tile.title = vital.title;
  return tile;
}

function viewCard(view) {
  const { place, host } = splitUrl(view.url);
  const facts = [
    moment(view.started_ms),
    view.loading_type?.replaceAll('_', ' '),
    view.time_spent_ms === null ? null : `${duration(view.time_spent_ms)} spent`,
    view.loading_time_ms === null ? null : `loaded in ${duration(view.loading_time_ms)}`,
    count(view.action_count, 'action'),
    count(view.error_count, 'error'),
    view.resource_count === 0 ? null : count(view.resource_count, 'resource'),
    view.long_task_count === 0 ? null : count(view.long_task_count, 'long task'),
    view.frustration_count === 0 ? null : count(view.frustration_count, 'frustration'),
    view.is_active ? 'open' : 'ended',
  ];
  const name = element('h2', 'place', [view.name ?? place, element('span', 'host', view.name ? place : host)]);
  name.title = `${view.url}\nsession ${view.session_id}`;
  const told = facts.filter((fact) => fact !== null && fact !== undefined).join(' · ');
  const line = element('p', 'facts', [element('span', `badge ${view.client}`, view.client), told]);
  line.title = told;
  const card = element('article', 'view', [
    element('div', 'head', [
      name,
      line,
      element('dl', 'vitals', VITALS.map((vital) => vitalChip(vital, view.vitals[vital.key]))),
    ]),
  ]);
  const happenings = happeningsOf(view);
  if (happenings.length > 0) {
    const all = opened.has(view.id) || happenings.length <= SHORT_LIST + 1;
    const visible = all ? happenings : happenings.slice(0, SHORT_LIST);
    card.append(element('ol', 'happenings', visible.map((happening) => happeningLine(happening, view))));
    if (!all) {
      const more = element('button', 'more', `show all ${happenings.length}`);
      more.type = 'button';
      more.dataset.view = view.id;
      card.append(more);
    }
  }
  return card;
}

function vitalChip(vital, value) {
  const verdict = judge(vital, value);
  const chip = element('div', `vital ${verdict}`, [
    element('dt', '', vital.name),
    element('dd', '', value === null ? '–' : vital.text(value)),
  ]);
  chip.title = `${vital.title}: ${VERDICTS[verdict]}`;
  return chip;
}

function happeningsOf(view) {
  const actions = view.actions.map(({ at_ms: atMs, type, name, frustrations }) => ({
    atMs,
    kind: type,
    what: [name, ...frustrations.map((frustration) => frustration.replaceAll('_', ' '))].join(' · '),
    error: frustrations.length > 0,
  }));
  const errors = view.errors.map(({ at_ms: atMs, type, message, source, repeats }) => ({
    atMs,
    kind: 'error',
    what: `${type ? `${type}: ` : ''}${message}${source === 'source' ? '' : ` (${source})`}${repeats > 0 ? `, ${repeats} × more` : ''}`,
    error: true,
  }));
  const vitals = view.custom_vitals.map((vital) => ({
    atMs: vital.at_ms,
    kind: 'vital',
    what: [vital.name, vital.step_type ?? duration(vital.duration_ms ?? 0), vital.failure_reason].filter(Boolean).join(' · '),
    error: Boolean(vital.failure_reason),
  }));
  return [...actions, ...errors, ...vitals].sort((a, b) => a.atMs - b.atMs);
}

function happeningLine(happening, view) {
  const line = element('li', happening.error ? 'happening error' : 'happening', [
    element('span', 'when', `+${duration(Math.max(0, happening.atMs - view.started_ms))}`),
    element('span', 'kind', happening.kind),
    element('span', 'what', happening.what),
  ]);
  line.title = happening.what;
  return line;
}

function judge(vital, value) {
  if (value === null) return 'none';
  if (value <= vital.good) return 'good';
  return value <= vital.poor ? 'fair' : 'poor';
}

function percentile75(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.75) - 1];
}

function splitUrl(url) {
  try {
    const { host, pathname, search, hash } = new URL(url);
    return { place: `${pathname}${search}${hash}`, host };
  } catch {
    return { place: url, host: '' };
  }
}

/** Time of day, with the date only where it is not today's. */
function moment(ms) {
  const time = new Date(ms);
  const today = time.toDateString() === new Date().toDateString();
  return today ? time.toLocaleTimeString() : time.toLocaleString();
}

function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function count(number, word) {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  // Strings become text nodes, never markup.
  made.append(...(Array.isArray(content) ? content : [content]));
  return made;
}
