// Calls an agent: by a sound, by a notification of the system while the page is hidden;
// models/alerts.ts says when.

import type { Item } from './api';
import { nameOf } from './bits';
import { callFor, type Happening } from './models/alerts';
import type { Desk } from './models/desk';
import type { Settings } from './models/settings';
import { say } from './words';

export function alertTo(what: Happening, item: Item, desk: Desk, settings: Settings): void {
  const { floor } = desk.shift;
  const moment = {
    presence: floor?.me.presence ?? null,
    isOpen: floor?.is_open ?? true,
    isHidden: document.hidden,
    isRead: what === 'written' && desk.watching && desk.open?.id === item.conversation_id,
  };
  const call = callFor(what, moment, settings);
  if (call.sound) chime();
  if (call.desktop) notify(what, item, desk);
}

/** Asks the browser; `true` where it lets us. Only a press of the agent may ask. */
export async function mayNotify(): Promise<boolean> {
  if (!('Notification' in window)) return false;
  return (await Notification.requestPermission()) === 'granted';
}

function notify(what: Happening, item: Item, desk: Desk): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  // No words of the customer: they would stay in the system's list of notifications.
  const title = say(what === 'invited' ? 'invited_title' : 'written_title', { name: nameOf(item) });
  let notification: Notification;
  try {
    notification = new Notification(title, { tag: item.conversation_id });
  } catch {
    // Phones allow them, but show none to a page: what has come must not stop at that.
    return;
  }
  notification.onclick = () => {
    window.focus();
    desk.show(item.conversation_id);
    notification.close();
  };
}

/** Two soft notes. A browser that was never touched stays silent. */
export function chime(): void {
  const context = new AudioContext();
  for (const [frequency, start] of [[659, 0], [880, 0.16]] as const) {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(0.0001, context.currentTime + start);
    loudness.gain.exponentialRampToValueAtTime(0.2, context.currentTime + start + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + start + 0.4);
    tone.connect(loudness).connect(context.destination);
    tone.start(context.currentTime + start);
    tone.stop(context.currentTime + start + 0.45);
  }
  setTimeout(() => void context.close(), 1_000);
}
