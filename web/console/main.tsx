// Starts the console: one desk, drawn anew at each change, and what of the browser it
// needs: keys, the address, the title, sounds.

import '../shared/tokens.css';
import './styles/base.css';
import './styles/door.css';
import './styles/rail.css';
import './styles/conversation.css';
import './styles/package.css';
import './styles/files.css';
import './styles/inbox.css';
import './styles/pages.css';
import './styles/measures.css';
import './styles/settings.css';
import './styles/lab.css';
import './styles/widths.css';
import { render } from 'preact';
import { paintBrand } from '../shared/colour';
import type { Line } from '../shared/socket';
import { realWorld } from '../shared/world';
import { App } from './App';
import { alertTo } from './alert';
import { Api } from './api';
import { Desk } from './models/desk';
import { actOf, type Stroke } from './models/keys';
import { linkTokenOf, setupTokenOf } from './models/place';
import { Settings } from './models/settings';
import { words } from './words';

const settings = new Settings(localStorage);
const desk = new Desk({
  api: new Api((path, init) => fetch(path, init)),
  world: realWorld,
  dial: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/console/socket`) as unknown as Line,
  shelf: localStorage,
  onInvitation: (item) => alertTo('invited', item, desk, settings),
  onWritten: (talk) => alertTo('written', talk.item, desk, settings),
  undoMs: () => settings.undo_s * 1_000,
  onPlace(hash, replace) {
    if (location.hash === hash || (hash === '#/' && !location.hash)) return;
    if (replace) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
  },
  onChange: () => queueDraw(),
});

let queued = false;
function queueDraw(): void {
  if (queued) return;
  queued = true;
  queueMicrotask(() => {
    queued = false;
    draw();
  });
}

function draw(): void {
  const root = document.documentElement;
  root.lang = words.language;
  root.dir = words.direction;
  if (settings.appearance === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = settings.appearance;
  if (desk.session) paintBrand(root, desk.session.workspace.brand_color);
  document.title = titleOf();
  const place = document.getElementById('app');
  if (place) render(<App desk={desk} settings={settings} />, place);
}

/** Invitations are marked apart: they will not wait. */
function titleOf(): string {
  const invited = desk.shift.floor?.invitations.length ?? 0;
  const { unread } = desk.shift;
  const marks = [invited ? `🔔${invited}` : '', unread ? `(${unread})` : ''].filter(Boolean);
  return [...marks, desk.session?.workspace.company ?? '', 'Segue'].filter(Boolean).join(' ');
}

function strokeOf(event: KeyboardEvent): Stroke {
  const target = event.target instanceof Element ? event.target : null;
  let at: Stroke['at'] = 'elsewhere';
  if (target?.id === 'composer') at = 'composer';
  // A picture that is looked at is one too, of which the desk knows nothing.
  else if (desk.dialog || document.querySelector('dialog[open]')) at = 'dialog';
  else if (target?.matches('input:not([type=radio], [type=checkbox]), textarea, select')) at = 'field';
  return { key: event.key, ctrl: event.ctrlKey, meta: event.metaKey, alt: event.altKey, at, composing: event.isComposing };
}

addEventListener('keydown', (event) => {
  if (!desk.me) return;
  const act = actOf(strokeOf(event), settings.keys);
  // A key that is held down is one press: a second "send" is a wish of its own.
  if (act === 'send' && event.repeat) return event.preventDefault();
  if (act && desk.act(act)) event.preventDefault();
});
// The page goes, or is put to sleep for good: what was said goes out now.
addEventListener('pagehide', () => desk.writing.flushAll());
addEventListener('hashchange', () => desk.goTo(location.hash));
addEventListener('popstate', () => desk.goTo(location.hash));
addEventListener('online', () => desk.wake());
addEventListener('offline', () => desk.drop());
document.addEventListener('visibilitychange', () => desk.watch(document.visibilityState === 'visible'));
// Countdowns and waits move without anybody's doing.
setInterval(draw, 1_000);
await words.load(navigator.language);
const setup_token = setupTokenOf(location.hash);
// The link works once and should not stay in the address.
const link_token = linkTokenOf(location.hash);
if (setup_token || link_token) history.replaceState(null, '', '#/');
void desk.start(location.hash, setup_token, link_token);
