// What a customer's site includes:
// `<script src="https://…/widget.js" data-inbox="SITE_KEY" async></script>`,
// with `data-lang`, `data-color`, `data-open` and `data-identity` where wanted, the last
// with a token that the site's server signed of its user. It makes a button and,
// when that is reached for, a frame of Segue's own origin, so that neither page can
// read the other. The button needs nobody to be whole: its words stand in this file,
// and its colour is the site's or the one that the frame told on an earlier visit.
//
// The styles are a constructed sheet in a shadow root: the site's own do not reach
// them, and a strict Content-Security-Policy allows them.

import type { FromFrame, ToFrame } from '../shared/frame';

// Relative colour picks the ink: white on a dark brand, black on a light one. The
// transparent border appears where forced colours take the shade away. On a phone the
// frame takes the whole screen, but only once it can be closed from within.
const STYLE = `:host{all:initial!important}
button,iframe{position:fixed;inset-inline-end:20px;bottom:20px;z-index:999999999;border:0}
button{border:2px solid #0000;width:56px;height:56px;padding:12px;border-radius:50%;cursor:pointer;background:var(--c);color:oklch(from var(--c) clamp(0,(.6 - l)*999,1) 0 0);box-shadow:0 4px 16px #0004}
button:focus-visible{outline:3px solid #fff;box-shadow:0 0 0 6px var(--c)}
i{display:block;height:28px;background:currentColor;forced-color-adjust:none;clip-path:path("M5 3h18q4 0 4 4v11q0 4-4 4h-9l-6 5v-5H5q-4 0-4-4V7q0-4 4-4z")}
:host([open]) i{clip-path:path("M5 7l2-2 7 7 7-7 2 2-7 7 7 7-2 2-7-7-7 7-2-2 7-7z")}
b{position:absolute;top:-6px;right:-6px;padding:0 7px;border-radius:11px;background:#b3261e;color:#fff;font:600 12px/22px system-ui}
b:empty,:host(:not([open])) iframe{display:none}
iframe{bottom:88px;width:400px;height:min(680px,100% - 112px);border-radius:16px;box-shadow:0 8px 40px #0005;color-scheme:light dark;background:Canvas}
@media(max-width:480px),(max-height:480px){iframe{inset:0;width:100%;height:100%;border-radius:0}:host([open]) .a+button{display:none}}
@media print{:host{display:none!important}}`;

const script = document.currentScript as HTMLScriptElement;
let { inbox = '', lang = navigator.language, color = '', open, identity: user = '' } = script.dataset;
const { origin } = new URL(script.src);
const words = LAUNCHER_WORDS;
const [openWord, closeWord, frameWord] = (words[lang.slice(0, 2)] ?? words['en']!).split('|') as [string, string, string];

const make = document.createElement.bind(document);
const host = make('segue-chat');
const button = make('button');
const badge = make('b');
const frame = make('iframe');
let brand = color || kept();
let isOpen = false;
/** The frame has spoken since it was loaded. */
let isAlive = false;

/** Asks for the frame's page; one that never spoke (no network) is asked for again. */
function load(): void {
  if (!isAlive && (!frame.src || isOpen)) fetchFrame();
}

/** The token itself is told by message: an address stands in logs. */
function fetchFrame(): void {
  frame.src = `${origin}/widget/?${new URLSearchParams({ inbox, lang, color, host: location.origin })}${user && '&signed'}`;
}

// The page's user signs in, with a new token, or out, without one.
(window as unknown as { Segue: object })['Segue'] = {
  identify(token = '') {
    user = token;
    isAlive = false;
    if (frame.src) fetchFrame();
  },
};

function draw(): void {
  const unread = badge.textContent;
  button.ariaLabel = isOpen ? closeWord : openWord + (unread && ` (${unread})`);
  button.ariaExpanded = isOpen as unknown as string;
  host.toggleAttribute('open', isOpen);
  // `a` for alive: it can be closed from within.
  frame.className = isAlive ? 'a' : '';
  host.style.setProperty('--c', brand || '#2f5bd0');
  // By this the next page knows that there may be news, and in which colour.
  if (isOpen) kept(brand);
}

function show(wanted: boolean): void {
  isOpen = wanted;
  load();
  draw();
  tell();
}

function toggle(): void {
  show(!isOpen);
  (isOpen ? frame : button).focus();
}

function tell(): void {
  const said: ToFrame = { segue: isOpen ? 'shown' : 'hidden', user };
  if (isAlive) frame.contentWindow!.postMessage(said, origin);
}

addEventListener('message', ({ data, origin: from, source }: MessageEvent<FromFrame>) => {
  if (from !== origin || source !== frame.contentWindow) return;
  if (data.segue === 'close') return void (isOpen && toggle());
  badge.textContent = (data.unread || '') as string;
  brand = color || data.brand || brand;
  const isNew = !isAlive;
  isAlive = true;
  draw();
  if (isNew) tell();
});
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && isOpen && !event.defaultPrevented) toggle();
});

frame.title = host.ariaLabel = frameWord;
host.role = 'region';
button.append(make('i'), badge);
button.onclick = toggle;
// By the time of the click it is often here.
button.onpointerenter = button.onfocus = load;
const root = host.attachShadow({ mode: 'open' });
root.append(frame, button);
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);
root.adoptedStyleSheets = [sheet];
draw();
// Not into the body, which may not be there yet and which some sites replace.
document.documentElement.append(host);
if (kept()) load();
// A chat that opens itself takes no focus away.
if (open === 'true') show(true);

/** The colour of the chat that was opened on this site; empty where none was. */
function kept(colour?: string): string {
  try {
    if (colour) localStorage['segue'] = colour;
    return localStorage['segue'] ?? '';
  } catch {
    // Without storage there is no badge before the first click; nothing else changes.
    return '';
  }
}
