// Starts the console: one desk, drawn anew at each change, and the keys.

import '../shared/tokens.css';
import './console.css';
import { render } from 'preact';
import { paintBrand } from '../shared/colour';
import type { Line } from '../shared/socket';
import { realWorld } from '../shared/world';
import { App } from './App';
import { Api } from './api';
import { press } from './keys';
import { Desk } from './models/desk';
import { words } from './words';

const desk = new Desk({
  api: new Api(),
  world: realWorld,
  dial: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/console/socket`) as unknown as Line,
  drafts: sessionStorage,
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
  if (desk.session) paintBrand(root.style, desk.session.workspace.brand_color);
  const waiting = desk.floor?.invitations.length ?? 0;
  document.title = `${waiting ? `(${waiting}) ` : ''}Segue`;
  const place = document.getElementById('app');
  if (place) render(<App desk={desk} />, place);
}

addEventListener('keydown', (event) => press(desk, event));
// Countdowns and waits move without anybody's doing.
setInterval(draw, 1_000);
await words.load(navigator.language);
const setUp = /^#\/setup\/(\S+)$/.exec(location.hash)?.[1] ?? null;
if (setUp) history.replaceState(null, '', '#/');
void desk.start(setUp);
