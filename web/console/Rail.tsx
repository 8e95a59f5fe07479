// The left side: presence, my conversations, the queue, who is there.

import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Item, Presence, QueueTooLong } from './api';
import { Face, Key, Mood, nameOf } from './bits';
import type { Desk } from './models/desk';
import { teamOn, waitingOf } from './models/floor';
import { pagesFor } from './settings/pages';
import { say, triggersWords, words } from './words';

export function Rail({ desk }: { desk: Desk }) {
  const { floor } = desk.shift;
  useEffect(() => {
    document.querySelector('.item[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [desk.open?.id]);
  return (
    <header class="rail">
      <div class="rail-head">
        <Face name={desk.session?.agent.name ?? ''} />
        <div class="rail-names">
          <strong>{desk.session?.agent.name}</strong>
          <span class="quiet">{desk.session?.workspace.company}</span>
        </div>
        <button type="button" class="bare" onClick={() => desk.set({ dialog: { kind: 'settings' } })} aria-label={say('settings_title')}>
          <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path d="M3 6 H10 M14 6 H17 M3 14 H6 M10 14 H17" />
            <circle cx="12" cy="6" r="2" />
            <circle cx="8" cy="14" r="2" />
          </svg>
        </button>
      </div>
      <PresenceSwitch desk={desk} />
      <Pages desk={desk} />
      <SetUpHint desk={desk} />
      <Alarms desk={desk} />
      <nav aria-label={say('rail')} class="lists">
        <Search desk={desk} />
        <Views desk={desk} />
        {desk.lists.shown === 'desk' ? <OnDesk desk={desk} /> : <Other desk={desk} />}
      </nav>
      <section class="floor">
        <h2>{say('agents')}</h2>
        <ul>
          {floor?.agents.map((agent) => (
            <li key={agent.id}>
              <span class={`dot ${agent.presence}`} aria-hidden="true" />
              <span class="grow">{agent.name}</span>
              <span class="quiet">{say('agent_load', { presence: say(`presence_${agent.presence}`), busy: agent.busy, capacity: agent.capacity })}</span>
            </li>
          ))}
        </ul>
      </section>
      <div class="rail-foot">
        <button type="button" class="link" onClick={() => desk.set({ dialog: { kind: 'keys' } })}>
          {say('keys_title')} <Key name="?" />
        </button>
        <button type="button" class="link" onClick={() => void desk.signOut()}>
          {say('sign_out')}
        </button>
      </div>
    </header>
  );
}

/** Which list is in front. */
function Views({ desk }: { desk: Desk }) {
  const names = desk.listNames;
  if (names.length < 2) return null;
  return (
    <div class="views" role="group" aria-label={say('lists')}>
      {names.map((name) => (
        <button key={name} type="button" aria-pressed={desk.lists.shown === name} onClick={() => desk.list(name)}>
          {say(`list_${name}`)}
          {name === 'desk' && desk.shift.unread > 0 && (
            <span class="unread">
              {desk.shift.unread}
              <span class="hidden"> {say('unread')}</span>
            </span>
          )}
        </button>
      ))}
    </div>
  );
}

function OnDesk({ desk }: { desk: Desk }) {
  return (
    <>
      <List title={say('mine')} empty={say(desk.wanted ? 'nothing_found' : 'mine_empty')} count={desk.mine.length}>
        {desk.mine.map((item) => (
          <Mine key={item.conversation_id} desk={desk} item={item} />
        ))}
      </List>
      <Queue desk={desk} />
    </>
  );
}

/** A list that is not mine: of a team, of everybody, of the assistant, of what is done. */
function Other({ desk }: { desk: Desk }) {
  const { lists } = desk;
  if (lists.isUnreachable && !lists.items) {
    return (
      <p class="fault" role="alert">
        {say(desk.lost ? 'reconnecting' : 'unreachable')}
      </p>
    );
  }
  if (!lists.items) return <p class="quiet">{say('loading')}</p>;
  const items = desk.walked;
  return (
    <>
      <List title={say(`list_${lists.shown}`)} empty={say(desk.wanted ? 'nothing_found' : `list_${lists.shown}_empty`)} count={items.length} isMore={!!lists.more}>
        {items.map((item) => (
          <Listed key={item.conversation_id} desk={desk} item={item} />
        ))}
      </List>
      {lists.more && (
        <button type="button" class="link" onClick={(event) => void showMore(desk, event.currentTarget)}>
          {say('show_more')}
        </button>
      )}
      {lists.shown === 'done' && (
        <p class="quiet">
          <a href="#/search">{say('list_search')}</a>
        </p>
      )}
    </>
  );
}

/** The next page; whoever goes by the keyboard goes on at its first, as the button may be gone. */
async function showMore(desk: Desk, button: HTMLElement): Promise<void> {
  const [list, had] = [button.closest('nav'), desk.walked.length];
  await desk.lists.loadMore();
  requestAnimationFrame(() => list?.querySelectorAll<HTMLElement>('.item')[had]?.focus());
}

/** One of them: who answers, since when nothing was said, and what was said last. */
function Listed({ desk, item }: ItemProps) {
  const id = item.conversation_id;
  const standing = item.agent ? say('state_with', { name: item.agent.name }) : say(`state_${item.state}`);
  return (
    <li>
      <a class="item" href={`#/conversations/${id}`} aria-current={desk.open?.id === id ? 'true' : undefined}>
        <span class="item-head">
          {item.reasons.length > 0 && <Mood strength={item.mood} />}
          <strong class="item-name">{nameOf(item)}</strong>
          {item.contact.vip && <span class="tag vip">{say('vip')}</span>}
          <time class="quiet" dateTime={item.touched_at}>
            {words.span(desk.shift.now() - Date.parse(item.touched_at))}
          </time>
        </span>
        <span class="item-text" dir="auto">
          {item.last_text || item.subject}
        </span>
        <span class="item-text quiet">{standing}</span>
      </a>
    </li>
  );
}

/** Who waits, narrowed to a team where there are some. */
function Queue({ desk }: { desk: Desk }) {
  const { queue } = desk;
  const { teams = [], waiting = 0, queue: shown = [] } = desk.shift.floor ?? {};
  const team = teamOn(teams, desk.team);
  const isNarrowed = !!desk.wanted || !!team;
  const empty = desk.wanted ? 'nothing_found' : team ? 'queue_none_here' : 'queue_empty';
  const left = waiting - shown.length;
  return (
    <>
      {teams.length > 0 && (
        <div class="queue-team">
          <label for="queue-team">{say('queue_team')}</label>
          <select id="queue-team" value={team} onChange={(event) => desk.set({ team: event.currentTarget.value })}>
            <option value="">{say('queue_all_teams')}</option>
            {teams.map(({ id, name, waiting: n }) => (
              <option key={id} value={id}>
                {say('queue_team_count', { name, n })}
              </option>
            ))}
            <option value="none">{say('queue_no_team')}</option>
          </select>
        </div>
      )}
      <List title={say('queue')} empty={say(empty)} count={isNarrowed ? queue.length : waiting}>
        {queue.map((item) => (
          <Waiting key={item.conversation_id} desk={desk} item={item} />
        ))}
      </List>
      {left > 0 && <p class="quiet">{say('queue_more', { n: left })}</p>}
    </>
  );
}

function PresenceSwitch({ desk }: { desk: Desk }) {
  const now = desk.shift.floor?.me.presence ?? null;
  return (
    <>
      <PresenceChoice desk={desk} now={now} />
      <div role="status">{now === 'wrap_up' && <WrapUp desk={desk} />}</div>
    </>
  );
}

/** How long it lasts, and the way out of it. */
function WrapUp({ desk }: { desk: Desk }) {
  const until = desk.shift.floor?.me.wrap_up_until;
  return (
    <p class="wrap-up">
      {until && <span>{say('wrap_up_until', { time: words.time(until) })}</span>}{' '}
      <button type="button" onClick={() => void desk.shift.setPresence('online')}>
        {say('wrap_up_end')}
      </button>
    </p>
  );
}

function PresenceChoice({ desk, now }: { desk: Desk; now: string | null }) {
  return (
    <fieldset class="segments">
      <legend class="hidden">{say('presence')}</legend>
      {(['online', 'away', 'wrap_up', 'offline'] as Presence[]).map((presence) => (
        <label key={presence}>
          <input
            type="radio"
            name="presence"
            checked={now === presence}
            onClick={(event) => {
              // It moves when the server has said so, not before.
              if (now !== presence) event.preventDefault();
              void desk.shift.setPresence(presence);
            }}
          />
          <span>
            <span class={`dot ${presence}`} aria-hidden="true" /> {say(`presence_${presence}`)}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Pages({ desk }: { desk: Desk }) {
  const { kind } = desk.place;
  const pages = [
    ['floor', '#/', kind === 'floor' || kind === 'talk'],
    ['history', '#/search', kind === 'search'],
    ['contacts', '#/contacts', kind === 'contacts'],
    ['measures', '#/measures', kind === 'measures'],
    ['lab', '#/lab', kind === 'lab'],
    ['settings', '#/settings', kind === 'settings'],
  ] as const;
  const isShown = { floor: true, history: true, contacts: desk.isLead, measures: desk.isLead, lab: desk.isLead, settings: pagesFor(desk).length > 0 };
  return (
    <nav class="pages" aria-label={say('pages')}>
      {pages
        .filter(([page]) => isShown[page])
        .map(([page, hash, isHere]) => (
          <a key={page} href={hash} aria-current={isHere ? 'page' : undefined}>
            {say(`page_${page}`)}
          </a>
        ))}
    </nav>
  );
}

/** Until a workspace is live, what is left to set up stands on every page. */
function SetUpHint({ desk }: { desk: Desk }) {
  const { steps } = desk;
  if (!steps.isWanted) return null;
  return (
    <a class="set-up-hint" href="#/settings/start">
      <span>{say('steps_hint')}</span>
      <progress max={steps.all.length} value={steps.done} aria-label={say('steps_hint')} />
      <span class="quiet">{say('steps_count', { done: steps.done, all: steps.all.length })}</span>
    </a>
  );
}

function Alarms({ desk }: { desk: Desk }) {
  const { floor } = desk.shift;
  const alarms = floor?.alarms ?? [];
  const shortages = floor?.shortages ?? [];
  return (
    <div role="status" aria-label={say('alarms')}>
      <ul class="alarms">
        {floor?.webhooks_paused.map((name) => (
          <li key={`webhook ${name}`}>
            <a href="#/settings/webhooks">{say('alarm_webhook_paused', { name })}</a>
          </li>
        ))}
        {shortages.map((queue) => (
          <li key={`shortage ${queue.team ?? ''}`}>{tooLong(queue)}</li>
        ))}
        {alarms.map((alarm) => (
          <li key={alarm.conversation_id + alarm.kind}>
            <a href={`#/conversations/${alarm.conversation_id}`}>
              {say(`alarm_${alarm.kind}`, { name: alarm.text, span: words.span(alarm.minutes * 60_000) })}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How long, how many are missing, and why (P43). */
export function tooLong(queue: QueueTooLong): string {
  const team = queue.team ?? say('shortage_everybody');
  // How long it takes with nobody there is no forecast, and no plan is to blame for it.
  if (!queue.agents) return say('shortage_nobody', { team, missing: queue.missing });
  const told = say('shortage', { team, minutes: queue.minutes, missing: queue.missing });
  const why = say(`cause_${queue.cause}`, {
    agents: queue.agents,
    usual_agents: queue.usual_agents ?? '',
    arrivals: queue.arrivals_per_hour,
    usual_arrivals: queue.usual_arrivals_per_hour ?? '',
  });
  return [told, why, queue.closes_first ? say('shortage_closes_first') : ''].join(' ').trim();
}

function Search({ desk }: { desk: Desk }) {
  return (
    <div class="search">
      <label class="hidden" for="search">
        {say('search')}
      </label>
      <input
        id="search"
        type="search"
        placeholder={say('search')}
        value={desk.wanted}
        onInput={(event) => desk.set({ wanted: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            desk.set({ wanted: '' });
            event.currentTarget.blur();
          }
          if (event.key === 'Enter') {
            desk.showFirst();
            event.currentTarget.blur();
          }
        }}
      />
      {!desk.wanted && <Key name="/" />}
    </div>
  );
}

interface ListProps {
  title: string;
  empty: string;
  count: number;
  /** There are more than are shown. */
  isMore?: boolean;
  children: ComponentChildren;
}

function List({ title, empty, count, isMore, children }: ListProps) {
  return (
    <section>
      <h2>
        {title} <span class="count">{isMore ? `${count}+` : count}</span>
      </h2>
      {count ? <ol>{children}</ol> : !isMore && <p class="quiet">{empty}</p>}
    </section>
  );
}

interface ItemProps {
  desk: Desk;
  item: Item;
}

/** One of mine: who waits for my reply, and for how long. */
function Mine({ desk, item }: ItemProps) {
  const id = item.conversation_id;
  const talk = desk.talks.of(id);
  const asked_at = talk?.asked_at;
  const isTyping = talk?.isTyping(desk.world.now());
  // What the assistant said last tells nothing of what the customer wants.
  const last = (item.last_role !== 'assistant' && item.last_text) || item.subject;
  return (
    <li>
      <a class="item" href={`#/conversations/${id}`} aria-current={desk.open?.id === id ? 'true' : undefined}>
        <span class="item-head">
          <Mood strength={item.mood} />
          <strong class="item-name">{nameOf(item)}</strong>
          {item.contact.vip && <span class="tag vip">{say('vip')}</span>}
          {asked_at && <Wait ms={desk.shift.now() - Date.parse(asked_at)} limit_ms={5 * 60_000} words="waits_for_you" />}
          {!!talk?.unread && (
            <span class="unread">
              {talk.unread}
              <span class="hidden"> {say('unread')}</span>
            </span>
          )}
        </span>
        <span class={`item-text ${asked_at ? '' : 'quiet'}`} dir="auto">
          {isTyping ? <em>{say('customer_types')}</em> : last}
        </span>
        {(desk.writing.isBegun(id) || item.by_email) && (
          <span class="item-tags">
            {desk.writing.isBegun(id) && desk.open?.id !== id && <span class="tag draft-tag">{say('draft')}</span>}
            {item.by_email && <span class="tag">{say('by_email')}</span>}
          </span>
        )}
      </a>
    </li>
  );
}

/** Somebody in the queue: how long they wait against what they were told. */
function Waiting({ desk, item }: ItemProps) {
  const id = item.conversation_id;
  const wait = waitingOf(item, desk.shift.now());
  const team = desk.shift.floor?.teams.find(({ id }) => id === item.team_id);
  const needs = item.skills.length > 0 && say('needs_skills', { skills: item.skills.join(', ') });
  const asked = desk.shift.floor?.agents.find((agent) => agent.id === item.invited_agent_id);
  const asked_words = asked && (asked.id === desk.me ? say('you_are_asked') : say('being_asked', { name: asked.name }));
  return (
    <li>
      <a class="item" href={`#/conversations/${id}`} aria-current={desk.open?.id === id ? 'true' : undefined}>
        <span class="item-head">
          <span class="item-place">#{item.place}</span>
          <Mood strength={item.mood} />
          <strong class="item-name">{nameOf(item)}</strong>
          {item.contact.vip && <span class="tag vip">{say('vip')}</span>}
          {item.priority > 0 && <span class="tag urgent">{say('urgent')}</span>}
          {item.by_email && <span class="tag">{say('by_email')}</span>}
          {item.away_since && <span class="tag">{say('customer_away')}</span>}
        </span>
        <span class="item-text" dir="auto">
          {item.subject}
        </span>
        <span class="item-text quiet">
          {wait && (
            <span class={`wait ${wait.standing}`}>
              {wait.promised_ms ? say('wait_of', { span: words.span(wait.ms), told: words.span(wait.promised_ms) }) : words.span(wait.ms)}
            </span>
          )}
          {[team?.name, needs, asked_words, triggersWords(item.reasons)].map((one) => one && ` · ${one}`)}
        </span>
      </a>
    </li>
  );
}

/** How long somebody has waited; past the limit it is more than a number. */
function Wait({ ms, limit_ms, words: key }: { ms: number; limit_ms: number; words: string }) {
  const standing = ms > limit_ms ? 'over' : ms > limit_ms * 0.6 ? 'close' : 'fine';
  const span = words.span(ms);
  return (
    <span class={`wait ${standing}`} title={say(key, { span })}>
      <span aria-hidden="true">{span}</span>
      <span class="hidden">{say(key, { span })}</span>
    </span>
  );
}
