// Starts the chat inside its frame: makes the session from the address, tells it what
// the browser reports, and draws.

import '../shared/tokens.css';
import './widget.css';
import { render } from 'preact';
import { inkOn, paintBrand, parseColour } from '../shared/colour';
import type { FromFrame, ToFrame } from '../shared/frame';
import type { Line as SocketLine } from '../shared/socket';
import { randomId, realWorld } from '../shared/world';
import { Chat } from './Chat';
import { Api } from './models/api';
import { Session } from './models/session';
import { browserShelf } from './models/shelf';

const asked = new URLSearchParams(location.search);
const inbox = asked.get('inbox') ?? '';
const host = asked.get('host');
const isFramed = window.parent !== window;

const session = new Session({
  api: new Api(inbox, (...request) => fetch(...request)),
  shelf: browserShelf(inbox, () => localStorage),
  world: realWorld,
  dial: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/widget/socket`) as unknown as SocketLine,
  newId: randomId,
  online: () => navigator.onLine,
  language: asked.get('lang') ?? navigator.language,
  onChange: () => queueDraw(),
});

let drawn = false;
let told = '';
function queueDraw(): void {
  if (drawn) return;
  drawn = true;
  queueMicrotask(() => {
    drawn = false;
    draw();
  });
}

function draw(): void {
  const root = document.documentElement;
  root.lang = session.words.language;
  root.dir = session.words.direction;
  if (session.config) {
    paintBrand(root.style, session.config.brand_color);
    document.title = session.words.say('title', { company: session.config.company });
  }
  const place = document.getElementById('app');
  if (place) render(<Chat session={session} framed={isFramed} onClose={() => tell({ segue: 'close' })} />, place);
  tellLoader();
}

/** The loader shows the colour and how many messages are new. */
function tellLoader(): void {
  const unread = session.unread;
  const brand = session.config?.brand_color ?? '';
  const state = `${unread} ${brand} ${session.words.language}`;
  if (state === told) return;
  told = state;
  tell({ segue: 'unread', count: unread });
  const colour = parseColour(brand);
  if (colour) {
    const ink = `rgb(${inkOn(colour).join(' ')})`;
    tell({ segue: 'brand', brand, ink, label: session.words.say('open') });
  }
}

function tell(what: FromFrame): void {
  if (isFramed && host) window.parent.postMessage(what, host);
}

addEventListener('message', (event: MessageEvent<ToFrame>) => {
  if (event.origin !== host || event.source !== window.parent) return;
  if (event.data.segue === 'shown') session.show(true);
  if (event.data.segue === 'hidden') session.show(false);
});
addEventListener('online', () => session.wake());
addEventListener('offline', () => session.networkLost());
addEventListener('storage', () => session.shelfChanged());
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && session.wake());
document.addEventListener('keydown', (event) => event.key === 'Escape' && tell({ segue: 'close' }));

if (!isFramed) session.show(true);
session.start();
draw();
