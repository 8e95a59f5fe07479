// A conversation that is proposed to me: loud, with the time that is left, taken or
// passed on by one key.

import type { Item } from './api';
import { Key, Mood, nameOf } from './bits';
import type { Desk } from './models/desk';
import { secondsLeft } from './models/floor';
import { say, triggersWords, words } from './words';

export function Invitations({ desk }: { desk: Desk }) {
  const invitations = desk.shift.floor?.invitations ?? [];
  const [first] = invitations;
  return (
    <>
      {/* Said once: without the countdown, which would be read out at every second. */}
      <p class="hidden" role="alert">
        {first && `${say('invited_title', { name: nameOf(first) })}. ${first.subject}. ${say('invited_keys')}`}
      </p>
      <div class="invitations">
        {invitations.map((item, index) => (
          <Invitation key={item.conversation_id} desk={desk} item={item} hasKeys={index === 0} />
        ))}
      </div>
    </>
  );
}

function Invitation({ desk, item, hasKeys }: { desk: Desk; item: Item; hasKeys: boolean }) {
  const left = secondsLeft(item, desk.shift.now());
  const isBusy = desk.shift.isBusy(item.conversation_id);
  return (
    <section class={`invitation ${left <= 10 ? 'hurry' : ''} ${hasKeys ? '' : 'later'}`} aria-label={say('invited_title', { name: nameOf(item) })}>
      <div class="invitation-words">
        <p class="invitation-who">
          <Mood strength={item.mood} />
          <strong>{say('invited_title', { name: nameOf(item) })}</strong>
          {item.contact.vip && <span class="tag vip">{say('vip')}</span>}
          {item.by_email && <span class="tag">{say('by_email')}</span>}
        </p>
        <p class="invitation-what" dir="auto">
          {item.subject}
        </p>
        <p class="quiet">
          {item.reasons.length > 0 && `${triggersWords(item.reasons)} · `}
          {say('waits_since', { span: words.span(desk.shift.now() - Date.parse(item.queued_at ?? item.touched_at)) })}
        </p>
      </div>
      <div class="invitation-deeds">
        <button type="button" class="primary" disabled={isBusy} onClick={() => void desk.shift.accept(item)}>
          {say('accept')} {hasKeys && <Key name="a" />}
        </button>
        <button type="button" disabled={isBusy} onClick={() => void desk.shift.decline(item)}>
          {say('decline')} {hasKeys && <Key name="d" />}
        </button>
        <span class="left" aria-hidden="true">
          {say('invited_left', { n: left })}
        </span>
      </div>
      <progress class="countdown" max={45} value={left} aria-hidden="true" />
    </section>
  );
}
