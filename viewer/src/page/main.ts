/** The replay page of the collector's second port: the list of sessions, and one of them at `#<session id>`. */
import { fetchReplays, type ReplaySession } from './api.ts';
import { PlayerScreen } from './player-screen.ts';
import { byId, clockTime, count, element, size } from './text.ts';

const status = byId('status');
let screen: PlayerScreen | null = null;

addEventListener('hashchange', () => void show());
void show();

async function show(): Promise<void> {
  screen?.close();
  screen = null;
  const sessionId = decodeURIComponent(location.hash.slice(1));
  byId('list').hidden = sessionId !== '';
  byId('player').hidden = sessionId === '';
  byId('all').hidden = sessionId === '';
  tell('', 'Loading');
  try {
    if (sessionId === '') showList(await fetchReplays());
    else {
      screen = new PlayerScreen(sessionId, tell);
      await screen.open();
    }
  } catch (error) {
    tell('away', error instanceof TypeError ? 'The collector is away' : String((error as Error).message));
  }
}

function tell(state: string, text: string): void {
  status.className = `status ${state}`;
  status.textContent = text;
}

function showList(replays: readonly ReplaySession[]): void {
  byId('empty').hidden = replays.length > 0;
  byId('sessions').replaceChildren(...replays.map(sessionCard));
  tell('live', count(replays.length, 'session'));
}

function sessionCard(session: ReplaySession): HTMLElement {
  const link = element('a', 'place', new Date(session.start_ms).toLocaleString());
  link.href = `#${encodeURIComponent(session.session_id)}`;
  const facts = [
    count(session.views, 'view'),
    count(session.segments, 'segment'),
    size(session.bytes),
    `application ${session.application_id}`,
    `session ${session.session_id}`,
  ];
  return element('li', 'session', [
    link,
    element('span', 'time', clockTime(session.end_ms - session.start_ms)),
    element('p', 'facts', facts.join(' · ')),
  ]);
}
