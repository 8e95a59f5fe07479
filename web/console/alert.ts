// Makes an invitation heard where the agent wants it: a sound, a notification of the
// system while the page is hidden. The bar and the title show it in any case.

import { nameOf } from './bits';
import type { Item } from './api';
import type { Settings } from './models/settings';
import { say } from './words';

export function alertTo(item: Item, settings: Settings): void {
  if (settings.sound) chime();
  if (settings.desktop && document.hidden) notify(item);
}

/** Asks the browser; `true` where it lets us. Only a press of the agent may ask. */
export async function mayNotify(): Promise<boolean> {
  if (!('Notification' in window)) return false;
  return (await Notification.requestPermission()) === 'granted';
}

function notify(item: Item): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  // No words of the customer: they would stay in the system's list of notifications.
  const notification = new Notification(say('invited_title', { name: nameOf(item) }), { tag: item.conversation_id });
  notification.onclick = () => {
    window.focus();
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
