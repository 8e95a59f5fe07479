// Small things that many places show: keys, moods, faces, names.

import type { ComponentChildren } from 'preact';
import type { Item } from './api';
import { initialsOf, type MoodName, moodOf } from './models/floor';
import type { Pages } from './models/pages';
import { say } from './words';

/** A key beside the words of a button; who hears the page hears it in the dialog of keys. */
export function Key({ name }: { name: string }) {
  return <kbd aria-hidden="true">{name}</kbd>;
}

export function Face({ name }: { name: string }) {
  return (
    <span class="face" aria-hidden="true">
      {initialsOf(name) || '?'}
    </span>
  );
}

const MOUTHS: Record<MoodName, string> = {
  calm: 'M5.5 9.5 Q8 12 10.5 9.5',
  tense: 'M5.5 10.5 H10.5',
  upset: 'M5.5 11.5 Q8 8.5 10.5 11.5',
};

/** A mood as a small face: told by its shape, and by a word for who cannot see it. */
export function Mood({ strength }: { strength: number }) {
  const mood = moodOf(strength);
  return (
    <svg class={`mood mood-${mood}`} viewBox="0 0 16 16" width="16" height="16" role="img" aria-label={say(`mood_${mood}`)}>
      <circle cx="8" cy="8" r="7" />
      <path d="M5.5 6 V6.6 M10.5 6 V6.6" />
      <path d={MOUTHS[mood]} />
    </svg>
  );
}

export function nameOf(item: Pick<Item, 'contact'>): string {
  return item.contact.name ?? item.contact.email ?? say('visitor');
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h1>{title}</h1>
      {children}
    </div>
  );
}

/** Words of a customer inside words of ours: their direction is their own. */
/** How a list that comes page by page stands, and its next page. */
export function PagesEnd<Item>({ pages, count, none }: { pages: Pages<Item>; count?: (n: number) => string; none?: string }) {
  const { items, more, state } = pages;
  return (
    <>
      <div role="status">
        {state === 'loading' && <p class="quiet">{say('loading')}</p>}
        {state === 'unreachable' && <p class="fault">{say('unreachable')}</p>}
        {state === 'idle' && !!items?.length && count && <p class="hidden">{count(items.length)}</p>}
        {state === 'idle' && items?.length === 0 && none && <p class="quiet">{none}</p>}
      </div>
      {more && (
        <button type="button" disabled={state === 'loading'} onClick={() => void pages.load(more)}>
          {say('show_more')}
        </button>
      )}
    </>
  );
}

export function Quote({ text }: { text: string }) {
  return <q dir="auto">{text}</q>;
}
