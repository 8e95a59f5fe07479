// Says that the language asked for is not there yet, and which one is spoken (P49).

import { h } from './draw';
import { missingLanguage } from './models/language';
import type { Session } from './models/session';

export function Language({ session: { words } }: { session: Session }) {
  const language = words.loaded && missingLanguage(words);
  return language ? <p class="system">{words.say('language_missing', { language })}</p> : null;
}
