// The left side: presence, invitations, my conversations, the queue, who is there.

import type { Item, Presence } from './api';
import type { Desk } from './models/desk';
import { say, triggerWords, words } from './words';

export function Rail({ desk }: { desk: Desk }) {
  const { floor, session } = desk;
  const isLead = desk.role !== 'agent';
  return (
    <nav class="rail" aria-label={say('rail')}>
      <div class="rail-head">
        <strong>{session?.workspace.company}</strong>
        <span class="quiet">{session?.agent.name}</span>
      </div>
      <PresenceSwitch desk={desk} />
      {isLead && (
        <div class="tabs">
          {(['desk', 'measures', 'knowledge'] as const).map((page) => (
            <button key={page} type="button" aria-current={desk.page.kind === page ? 'page' : undefined} onClick={() => desk.go(page)}>
              {say(`page_${page}`)}
            </button>
          ))}
        </div>
      )}
      {floor?.alarms.map((alarm) => (
        <p key={alarm.conversation_id + alarm.kind} class="alarm">
          <button type="button" class="link" onClick={() => void desk.show(alarm.conversation_id)}>
            {say(`alarm_${alarm.kind}`, { name: alarm.text, minutes: alarm.minutes })}
          </button>
        </p>
      ))}
      <div aria-live="assertive">
        {floor?.invitations.map((item) => <Invited key={item.conversation_id} desk={desk} item={item} />)}
      </div>
      <List desk={desk} title={say('mine')} empty={say('mine_empty')} items={floor?.mine ?? []} />
      <List desk={desk} title={say('queue')} empty={say('queue_empty')} items={floor?.queue ?? []} numbered />
      <section>
        <h2>{say('agents')}</h2>
        <ul class="plain">
          {floor?.agents.map((agent) => (
            <li key={agent.id} class="row">
              <span class={`dot ${agent.presence}`} aria-hidden="true" />
              {agent.name}
              <span class="quiet">
                {say(`presence_${agent.presence}`)} · {agent.busy}/{agent.capacity}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <div class="rail-foot">
        <button type="button" class="link" onClick={() => desk.set({ dialog: 'keys' })}>
          {say('keys_title')}
        </button>
        <button type="button" class="link" onClick={() => void desk.signOut()}>
          {say('sign_out')}
        </button>
      </div>
    </nav>
  );
}

function PresenceSwitch({ desk }: { desk: Desk }) {
  const now = desk.floor?.me.presence ?? 'offline';
  return (
    <fieldset class="presence">
      <legend class="hidden">{say('presence')}</legend>
      {(['online', 'away', 'offline'] as Presence[]).map((presence) => (
        <label key={presence}>
          <input
            type="radio"
            name="presence"
            checked={now === presence}
            onChange={() => void desk.setPresence(presence)}
          />
          <span>{say(`presence_${presence}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** A conversation proposed to me, with the time I have. */
function Invited({ desk, item }: { desk: Desk; item: Item }) {
  const left = item.until ? Math.max(0, Math.round((Date.parse(item.until) - Date.now()) / 1000)) : 0;
  return (
    <section class="invited">
      <p class="strong">{say('invited_title', { name: nameOf(item) })}</p>
      <p dir="auto">{item.subject}</p>
      <p class="quiet">
        {item.reasons.map(triggerWords).join(', ')} · <span aria-hidden="true">{say('invited_left', { n: left })}</span>
      </p>
      <div class="actions">
        <button type="button" class="primary" onClick={() => void desk.accept(item)}>
          {say('accept')} <kbd>a</kbd>
        </button>
        <button type="button" onClick={() => void desk.decline(item)}>
          {say('decline')} <kbd>d</kbd>
        </button>
      </div>
    </section>
  );
}

interface ListProps {
  desk: Desk;
  title: string;
  empty: string;
  items: Item[];
  numbered?: boolean;
}

function List({ desk, title, empty, items, numbered }: ListProps) {
  return (
    <section>
      <h2>
        {title} <span class="count">{items.length}</span>
      </h2>
      {!items.length && <p class="quiet">{empty}</p>}
      <ol class="plain">
        {items.map((item, index) => (
          <li key={item.conversation_id}>
            <button
              type="button"
              class="item"
              aria-current={desk.open?.item.conversation_id === item.conversation_id ? 'true' : undefined}
              onClick={() => void desk.show(item.conversation_id)}
            >
              <span class="item-head">
                <span class={`dot mood-${moodOf(item.mood)}`} aria-hidden="true" />
                <span class="strong">
                  {numbered && `#${index + 1} `}
                  {nameOf(item)}
                </span>
                {item.contact.vip && <span class="tag">{say('vip')}</span>}
                {item.by_email && <span class="tag">{say('by_email')}</span>}
                {desk.unread(item) && <span class="tag new">{say('new')}</span>}
                <span class="quiet push">{waited(item)}</span>
              </span>
              <span class="item-text" dir="auto">
                {numbered ? item.subject : item.last_text || item.subject}
              </span>
              <span class="quiet">
                {say(`mood_${moodOf(item.mood)}`)}
                {item.reasons.length > 0 && ` · ${item.reasons.map(triggerWords).join(', ')}`}
                {item.promised_minutes !== null && numbered && ` · ${say('promised', { n: item.promised_minutes })}`}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function nameOf(item: Pick<Item, 'contact'>): string {
  return item.contact.name ?? item.contact.email ?? say('visitor');
}

export function moodOf(mood: number): 'calm' | 'tense' | 'upset' {
  if (mood >= 0.6) return 'upset';
  return mood >= 0.3 ? 'tense' : 'calm';
}

function waited(item: Item): string {
  return words.span(Date.now() - Date.parse(item.queued_at ?? item.touched_at));
}
