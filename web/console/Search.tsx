// All conversations, newest first, found by words and narrowed down by what is known of
// them: to read up, and to find again what was resolved. The address keeps what was asked.

import type { ComponentChildren } from 'preact';
import type { Found } from './api';
import { Empty, Mood, nameOf, PagesEnd } from './bits';
import type { Desk } from './models/desk';
import { LANGUAGES, STATES, TRIGGERS, type Wanted } from './models/search';
import { say, triggersWords, triggerWords, words } from './words';

export function SearchPage({ desk }: { desk: Desk }) {
  const { search } = desk;
  const { items } = search;
  const isEmpty = items?.length === 0 && search.state === 'idle';
  return (
    <div class="page">
      <div class="page-head">
        <h1>{say('history_title')}</h1>
      </div>
      <form
        class="search-form"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void search.load();
        }}
      >
        <label class="hidden" for="find">
          {say('find')}
        </label>
        <input
          id="find"
          type="search"
          maxLength={200}
          placeholder={say('find')}
          aria-describedby="find-hint"
          value={search.wanted.q}
          onInput={(event) => desk.find({ q: event.currentTarget.value })}
        />
        <Filters desk={desk} />
      </form>
      <p id="find-hint" class="quiet">
        {say('find_hint')}
      </p>
      {isEmpty && !search.isNarrowed && (
        <Empty title={say('history_empty')}>
          <p>{say('history_empty_words')}</p>
        </Empty>
      )}
      {isEmpty && search.isNarrowed && (
        <div class="empty">
          <h2>{say('nothing_found')}</h2>
          <p>{say('find_nothing_words')}</p>
          <button type="button" onClick={() => desk.find(null)}>
            {say('find_clear')}
          </button>
        </div>
      )}
      {!!items?.length && (
        <ol class="found" aria-busy={search.state === 'loading'}>
          {items.map((found) => (
            <Hit key={found.item.conversation_id} desk={desk} found={found} />
          ))}
        </ol>
      )}
      <PagesEnd pages={search} count={(n) => say('find_count', { n })} />
    </div>
  );
}

/** On a phone they stand behind one button; what is chosen opens them. */
function Filters({ desk }: { desk: Desk }) {
  const { search } = desk;
  const { teams = [], agents = [], inboxes = [] } = desk.shift.floor ?? {};
  const { q: _, ...filters } = search.wanted;
  const chosen = Object.values(filters).filter(Boolean).length;
  const language = (code: string) => new Intl.DisplayNames([words.language], { type: 'language' }).of(code) ?? code;
  return (
    <details class="filters" open={chosen > 0 || undefined}>
      <summary>{chosen ? say('find_filters_on', { n: chosen }) : say('find_filters')}</summary>
      <div class="filters-row">
        <Choice desk={desk} name="state" label="state" options={STATES.map((state) => [state, say(`state_${state}`)])} />
        <Choice desk={desk} name="trigger" label="find_trigger" options={TRIGGERS.map((trigger) => [trigger, triggerWords(trigger)])} />
        {teams.length > 0 && (
          <Choice desk={desk} name="team" label="queue_team" options={[...teams.map(({ id, name }): [string, string] => [id, name]), ['none', say('queue_no_team')]]} />
        )}
        {inboxes.length > 1 && <Choice desk={desk} name="inbox" label="inbox" options={inboxes.map(({ id, name }) => [id, name])} />}
        <Choice desk={desk} name="agent" label="find_agent" options={agents.map(({ id, name }) => [id, name])} />
        <Choice desk={desk} name="language" label="find_language" options={LANGUAGES.map((code) => [code, language(code)])} />
        <Day desk={desk} name="from" label="find_from" />
        <Day desk={desk} name="until" label="find_until" />
        {search.isNarrowed && (
          <button type="button" onClick={() => desk.find(null)}>
            {say('find_clear')}
          </button>
        )}
      </div>
    </details>
  );
}

interface FilterProps {
  desk: Desk;
  name: Exclude<keyof Wanted, 'q'>;
  label: string;
}

function Choice({ desk, name, label, options }: FilterProps & { options: [value: string, words: string][] }) {
  return (
    <Labelled name={name} label={label}>
      <select id={`find-${name}`} value={desk.search.wanted[name]} onChange={(event) => desk.find({ [name]: event.currentTarget.value })}>
        <option value="">{say('find_any')}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

function Day({ desk, name, label }: FilterProps) {
  return (
    <Labelled name={name} label={label}>
      <input id={`find-${name}`} type="date" value={desk.search.wanted[name]} onChange={(event) => desk.find({ [name]: event.currentTarget.value })} />
    </Labelled>
  );
}

function Labelled({ name, label, children }: { name: string; label: string; children: ComponentChildren }) {
  return (
    <div class="filter">
      <label for={`find-${name}`}>{say(label)}</label>
      {children}
    </div>
  );
}

function Hit({ desk, found }: { desk: Desk; found: Found }) {
  const { item, excerpt } = found;
  return (
    <li>
      <a
        class="hit"
        href={`#/conversations/${item.conversation_id}`}
        onClick={(event) => {
          // Whoever wants it in another tab has their reasons.
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          desk.showFound(found);
        }}
      >
        <span class="item-head">
          {/* Without a handoff nobody has judged the mood. */}
          {item.reasons.length > 0 && <Mood strength={item.mood} />}
          <strong class="item-name">{nameOf(item)}</strong>
          <span class="tag">{item.agent ? say('state_with', { name: item.agent.name }) : say(`state_${item.state}`)}</span>
          <time class="quiet" dateTime={item.touched_at}>
            {words.date(item.touched_at)}, {words.time(item.touched_at)}
          </time>
        </span>
        <span class="hit-subject" dir="auto">
          {item.subject}
        </span>
        {excerpt.length > 0 && (
          <span class="hit-words quiet" dir="auto">
            {excerpt.map((part, index) => (part.is_match ? <mark key={index}>{part.text}</mark> : part.text))}
          </span>
        )}
        {item.reasons.length > 0 && <span class="quiet">{triggersWords(item.reasons)}</span>}
      </a>
    </li>
  );
}
