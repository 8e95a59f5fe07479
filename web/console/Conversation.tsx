// The open conversation: transcript and composer in the middle, the package beside it
// (on a narrow screen the package comes first).

import { useEffect, useRef } from 'preact/hooks';
import type { Event } from '../shared/wire';
import type { Detail } from './api';
import { PackageView } from './Package';
import type { Desk } from './models/desk';
import { nameOf } from './Rail';
import { say, triggerWords, words } from './words';

interface Props {
  desk: Desk;
  open: Detail;
}

export function Conversation({ desk, open }: Props) {
  const waits = open.item.state === 'queued' || open.item.state === 'by_email';
  return (
    <div class={`open tab-${desk.tab}`}>
      <div class="narrow tabs">
        {(['package', 'talk'] as const).map((tab) => (
          <button key={tab} type="button" aria-pressed={desk.tab === tab} onClick={() => desk.set({ tab })}>
            {say(`tab_${tab}`)}
          </button>
        ))}
      </div>
      <section class="talk" aria-label={say('tab_talk')}>
        <header class="talk-head">
          <h1>{nameOf(open.item)}</h1>
          <span class="quiet">{standing(open, desk)}</span>
          <span class="push" />
          {waits && (
            <button type="button" class="primary" onClick={() => void desk.accept(open.item)}>
              {say('take')}
            </button>
          )}
          {desk.mine && (
            <button type="button" onClick={() => desk.set({ dialog: 'resolve' })}>
              {say('resolve')} <kbd>e</kbd>
            </button>
          )}
        </header>
        <Transcript desk={desk} open={open} />
        <Composer desk={desk} open={open} />
      </section>
      <aside class="package" aria-label={say('tab_package')}>
        <PackageView desk={desk} open={open} />
      </aside>
    </div>
  );
}

function standing(open: Detail, desk: Desk): string {
  const agent = open.item.agent;
  if (agent) return desk.mine ? say('state_mine') : say('state_with', { name: agent.name });
  return say(`state_${open.item.state}`);
}

function Transcript({ desk, open }: Props) {
  const log = useRef<HTMLDivElement>(null);
  const id = open.item.conversation_id;
  useEffect(() => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [id, open.events.length]);
  useEffect(() => {
    if (desk.highlighted) log.current?.querySelector('.highlighted')?.scrollIntoView({ block: 'center' });
  }, [desk.highlighted]);
  return (
    <div class="transcript" ref={log} role="log" tabIndex={0} aria-label={say('tab_talk')}>
      {open.events.map((event) => (
        <EventLine key={event.seq} event={event} highlighted={desk.highlighted} />
      ))}
      {desk.customerTypes && <p class="quiet">{say('customer_types')}</p>}
    </div>
  );
}

function EventLine({ event, highlighted }: { event: Event; highlighted: string | null }) {
  if (event.kind === 'handed_off') {
    const reasons = (event as unknown as { reasons: string[] }).reasons.map(triggerWords).join(', ');
    return <p class="fact">{say('fact_handed_off', { reasons, time: words.time(event.at) })}</p>;
  }
  if (event.kind === 'attempt_judged') return <p class="fact">{say(`outcome_${event.outcome}`)}</p>;
  if (event.kind === 'rated') {
    const { score, repeated } = event as unknown as { score: number; repeated: boolean | null };
    return <p class="fact">{say(repeated ? 'fact_rated_repeated' : 'fact_rated', { score })}</p>;
  }
  if (event.kind === 'reply_overdue') return <p class="fact">{say('fact_reply_overdue')}</p>;
  if (event.kind !== 'message_added') return null;
  const text = event.body?.text ?? say('erased');
  if (event.role === 'system') return <p class="fact">{text}</p>;
  const look = event.private ? 'note' : event.role;
  const isHighlighted = event.message_id === highlighted;
  return (
    <div class={`said ${look} ${isHighlighted ? 'highlighted' : ''}`}>
      <p class="quiet">
        {event.private ? say('note_by', { name: event.agent?.name ?? '' }) : (event.agent?.name ?? say(`role_${event.role}`))}{' '}
        <time dateTime={event.at}>{words.time(event.at)}</time>
      </p>
      <p class="bubble" dir="auto">
        {text}
      </p>
      {event.body?.citations?.map((citation) => (
        <p key={citation.article_id} class="quiet">
          {say('source', { title: citation.title })}
        </p>
      ))}
    </div>
  );
}

function Composer({ desk, open }: Props) {
  const id = open.item.conversation_id;
  const writing = desk.writing(id);
  const mayReply = desk.mine;
  const isNote = writing.private || !mayReply;
  return (
    <form
      class={`composer ${isNote ? 'note' : ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        void desk.send();
      }}
    >
      <div class="tabs">
        <button type="button" aria-pressed={!isNote} disabled={!mayReply} onClick={() => desk.write(id, { private: false })}>
          {say('reply')} <kbd>r</kbd>
        </button>
        <button type="button" aria-pressed={isNote} onClick={() => desk.write(id, { private: true })}>
          {say('note')} <kbd>n</kbd>
        </button>
        {!mayReply && <span class="quiet">{say('not_mine')}</span>}
      </div>
      <label class="hidden" for="composer">
        {say(isNote ? 'note' : 'reply')}
      </label>
      <textarea
        id="composer"
        rows={3}
        dir="auto"
        value={writing.text}
        placeholder={say(isNote ? 'note_placeholder' : 'reply_placeholder')}
        onInput={(event) => desk.write(id, { text: event.currentTarget.value, private: isNote })}
      />
      <div class="actions">
        <button type="submit" class="primary" disabled={!writing.text.trim()} aria-busy={writing.state === 'sending'}>
          {say(isNote ? 'save_note' : 'send')} <kbd>Ctrl+Enter</kbd>
        </button>
        {writing.state === 'failed' && <span class="fault">{say('not_sent')}</span>}
      </div>
    </form>
  );
}
