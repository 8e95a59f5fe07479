// Starts the chat inside its frame, or as a page of its own: makes the session from
// the address, tells it what the browser reports, and draws.

import '../shared/tokens.css';
import './widget.css';
import { isColour, paintBrand } from '../shared/colour';
import type { FromFrame, ToFrame } from '../shared/frame';
import type { Line as SocketLine } from '../shared/socket';
import { randomId, realWorld } from '../shared/world';
import { Chat } from './Chat';
import { draw as drawInto, h } from './draw';
import { keepFocus } from './focus';
import { Api } from './models/api';
import { Session } from './models/session';
import { browserShelf, type Shelf } from './models/shelf';

const asked = new URLSearchParams(location.search);
const inbox = asked.get('inbox') ?? '';
/** The page that holds the frame; only it is listened to. */
const host = asked.get('host');
/** The site may paint its chat in another colour than the workspace's. */
const ownBrand = asked.get('color') ?? '';
const isFramed = window.parent !== window;
const page = document.documentElement;
const place = document.querySelector('main')!;

let isOpen = !isFramed;
let willDraw = false;
/** What the loader was told last. */
let told = '';

const api = new Api(inbox, (...request) => fetch(...request));
const placeOf = (room = inbox) => browserShelf(room, () => localStorage);
let session: Session;

/** Many changes, one drawing. */
function queueDraw(): void {
  if (willDraw) return;
  willDraw = true;
  queueMicrotask(() => {
    willDraw = false;
    draw();
  });
}

function draw(): void {
  const { words, config, unread } = session;
  page.lang = words.language;
  page.dir = words.direction;
  const brand = config?.brand_color ?? '';
  if (config) {
    paintBrand(page, isColour(ownBrand) ? ownBrand : brand);
    document.title = words.say('title', { company: config.company });
  }
  keepFocus(
    () => drawInto(place, <Chat session={session} framed={isFramed} onClose={close} />),
    session.reader.screen.kind === 'article',
  );
  const state = `${unread} ${brand}`;
  if (state === told) return;
  told = state;
  tell({ segue: 'news', unread, brand });
}

function tell(what: FromFrame): void {
  if (isFramed && host) window.parent.postMessage(what, host);
}

function close(): void {
  tell({ segue: 'close' });
}

/** Read is what is open and in a visible tab. */
function look(): void {
  session.show(isOpen && document.visibilityState === 'visible');
}

/** Begins once it is known where this visitor's things stand. */
function begin(shelf: Shelf): void {
  session = new Session({
    api,
    shelf,
    world: realWorld,
    dial: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/widget/socket`) as unknown as SocketLine,
    newId: randomId,
    language: asked.get('lang') ?? navigator.language,
    onChange: queueDraw,
  });
  addEventListener('message', (event: MessageEvent<ToFrame>) => {
    // The page may have other things to say to its frames.
    const said = event.data?.segue;
    if (event.origin !== host || event.source !== window.parent || !said) return;
    isOpen = said === 'shown';
    look();
    if (isOpen) session.start();
    // Not where the chat opened by itself; and on a phone the keyboard would cover what
    // is to be read first.
    if (isOpen && document.hasFocus() && !matchMedia('(pointer: coarse)').matches) document.querySelector('textarea')?.focus();
  });
  addEventListener('online', () => session.wake());
  addEventListener('offline', () => session.networkLost());
  addEventListener('storage', () => session.shelfChanged());
  document.addEventListener('visibilitychange', () => {
    look();
    if (document.visibilityState === 'visible') session.wake();
  });
  document.addEventListener('keydown', (event) => {
    // Escape also takes back a Japanese or Chinese word.
    if (event.key !== 'Escape' || event.isComposing) return;
    if (session.reader.screen.kind === 'article') session.reader.close();
    else close();
  });

  look();
  // Whoever never opened the chat makes no visitor and no conversation.
  if (isOpen || session.isKnown) session.start();
  draw();
}

// Who kept the place comes back by a link.
const link = location.hash.split('back=')[1];
if (link) void import('./back').then(({ enter }) => enter(link, inbox, placeOf, begin));
// A site that vouches for its user says so in the address, and who it is by message.
else if (asked.has('signed')) void import('./signed').then(({ enter }) => enter(api, placeOf, begin));
else begin(placeOf());
