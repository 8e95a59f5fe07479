// What a customer's site includes:
// `<script src="…/widget.js" data-inbox="SITE_KEY" async></script>`.
// It makes a button and, at the first click, a frame of Segue's own origin, so that
// neither page can read the other. Styles go through the CSSOM, which a strict
// Content-Security-Policy of the site allows.

import type { FromFrame, ToFrame } from '../shared/frame';

const script = document.currentScript;
if (script instanceof HTMLScriptElement && script.dataset.inbox) start(script, script.dataset.inbox);

function start(script: HTMLScriptElement, inbox: string): void {
  const origin = new URL(script.src).origin;
  const address = new URL('/widget/', origin);
  address.searchParams.set('inbox', inbox);
  address.searchParams.set('lang', script.dataset.lang ?? navigator.language);
  address.searchParams.set('host', location.origin);

  const button = document.createElement('button');
  const badge = document.createElement('span');
  const frame = document.createElement('iframe');
  button.type = 'button';
  button.setAttribute('aria-expanded', 'false');
  dress(button, {
    position: 'fixed', insetInlineEnd: '20px', bottom: '20px', zIndex: '2147483000', width: '56px', height: '56px',
    border: '0', borderRadius: '50%', background: '#2456d6', color: '#fff', cursor: 'pointer',
    display: 'grid', placeContent: 'center', padding: '0', boxShadow: '0 4px 16px rgb(0 0 0 / 30%)',
  });
  dress(badge, {
    position: 'absolute', insetInlineEnd: '-2px', top: '-2px', minWidth: '20px', borderRadius: '10px',
    background: '#b3261e', color: '#fff', font: '12px/20px system-ui', padding: '0 4px', display: 'none',
  });
  dress(frame, { position: 'fixed', border: '0', zIndex: '2147483001', colorScheme: 'normal', display: 'none' });
  label('Open chat');
  button.append(bubble(), badge);
  frame.title = 'Chat';
  frame.src = address.href;

  let open = false;
  const show = (wanted: boolean): void => {
    open = wanted;
    fit();
    frame.style.display = open ? 'block' : 'none';
    button.setAttribute('aria-expanded', String(open));
    tell({ segue: open ? 'shown' : 'hidden' });
    (open ? frame : button).focus();
  };
  button.addEventListener('click', () => show(!open));
  addEventListener('keydown', (event) => event.key === 'Escape' && open && show(false));
  addEventListener('resize', fit);
  addEventListener('message', (event: MessageEvent<FromFrame>) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    const said = event.data;
    if (said.segue === 'close') show(false);
    if (said.segue === 'unread') {
      badge.textContent = String(said.count);
      badge.style.display = said.count && !open ? 'block' : 'none';
    }
    if (said.segue === 'brand') {
      button.style.background = said.brand;
      button.style.color = said.ink;
      label(said.label);
    }
  });
  document.body.append(button, frame);
  if (script.dataset.open === 'true') frame.addEventListener('load', () => show(true), { once: true });

  function label(text: string): void {
    button.setAttribute('aria-label', text);
  }
  function tell(what: ToFrame): void {
    frame.contentWindow?.postMessage(what, origin);
  }
  /** A panel on wide screens, the whole screen on phones. */
  function fit(): void {
    const wide = innerWidth > 480;
    dress(frame, {
      insetInlineEnd: wide ? '20px' : '0', bottom: wide ? '88px' : '0', width: wide ? '390px' : '100%',
      height: wide ? 'min(640px, calc(100% - 108px))' : '100%', borderRadius: wide ? '16px' : '0',
      boxShadow: '0 8px 40px rgb(0 0 0 / 30%)',
    });
  }
}

/** A speech bubble. */
function bubble(): Element {
  const names = 'http://www.w3.org/2000/svg';
  const picture = document.createElementNS(names, 'svg');
  const path = document.createElementNS(names, 'path');
  picture.setAttribute('viewBox', '0 0 24 24');
  picture.setAttribute('width', '28');
  picture.setAttribute('aria-hidden', 'true');
  path.setAttribute('fill', 'currentColor');
  path.setAttribute('d', 'M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-8l-5 4v-4H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z');
  picture.append(path);
  return picture;
}

function dress(element: HTMLElement, styles: Partial<CSSStyleDeclaration>): void {
  Object.assign(element.style, styles);
}
