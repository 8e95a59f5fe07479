// What was said and what happened, top to bottom.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Item, MailHead, MessageAdded } from './api';
import { Key } from './bits';
import type { TalkProps } from './Conversation';
import { FilesShown } from './Files';
import type { Desk } from './models/desk';
import type { Pending } from './models/drafts';
import type { Highlight, Line, Talk, Told } from './models/talk';
import { say, triggersWords, words } from './words';

/** This near to the end counts as at the end. */
const END_PX = 80;

export function Transcript({ desk, talk }: TalkProps) {
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [isBehind, setBehind] = useState(false);
  const lines = talk.lines((at) => words.day(at));
  const toEnd = () => log.current?.scrollTo({ top: log.current.scrollHeight });

  useLayoutEffect(() => {
    follows.current = true;
    setBehind(false);
    toEnd();
  }, [talk.id]);
  useLayoutEffect(() => {
    if (lines.at(-1)?.kind === 'pending') follows.current = true;
    if (!follows.current) setBehind(true);
  }, [lines.length]);
  // A line may grow without a new one, and the room may shrink: the end stays in sight.
  useLayoutEffect(() => {
    if (follows.current) toEnd();
  });
  useEffect(() => {
    if (!log.current) return;
    const watch = new ResizeObserver(() => {
      if (follows.current) toEnd();
    });
    watch.observe(log.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (!talk.highlight) return;
    follows.current = false;
    log.current?.querySelector('.highlighted')?.scrollIntoView({ block: 'center' });
  }, [talk.highlight]);

  return (
    <>
      <div
        id="transcript"
        class="transcript"
        ref={log}
        role="log"
        tabIndex={0}
        aria-label={say('half_talk')}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          follows.current = scrollHeight - scrollTop - clientHeight < END_PX;
          if (follows.current) setBehind(false);
        }}
      >
        {lines.map((line, index) => (
          <LineShown key={keyOf(line)} desk={desk} talk={talk} line={line} before={lines[index - 1]} />
        ))}
        {talk.isTyping(desk.world.now()) && <p class="typing">{say('customer_types')}</p>}
        <Colleague desk={desk} talk={talk} />
      </div>
      {isBehind && (
        <button
          type="button"
          class="to-end"
          onClick={() => {
            setBehind(false);
            toEnd();
          }}
        >
          {say('to_end')}
        </button>
      )}
    </>
  );
}

/** Somebody else writes here: so that nobody answers twice. */
function Colleague({ desk, talk }: TalkProps) {
  const writing = talk.colleagueAt(desk.world.now());
  if (!writing) return null;
  return <p class="typing">{say(writing.isNote ? 'colleague_notes' : 'colleague_writes', { name: writing.name })}</p>;
}

function keyOf(line: Line): string {
  switch (line.kind) {
    case 'day':
      return `day ${line.at}`;
    case 'new':
      return 'new';
    case 'pending':
      return line.pending.client_message_id;
    default:
      return String(line.event.seq);
  }
}

interface LineProps extends TalkProps {
  line: Line;
  before: Line | undefined;
}

function LineShown({ desk, talk, line, before }: LineProps) {
  switch (line.kind) {
    case 'day':
      return <p class="day">{words.day(line.at)}</p>;
    case 'new':
      return <p class="new-mark">{say('new')}</p>;
    case 'fact':
      return <Fact told={line} />;
    case 'pending':
      return <OnItsWay desk={desk} talk={talk} pending={line.pending} />;
    case 'said':
      if (line.event.role === 'system' && !line.event.private) return <SystemWords event={line.event} />;
      return (
        <Said
          event={line.event}
          talk_id={talk.id}
          contact={talk.item.contact}
          highlight={talk.highlight}
          isSameVoice={before?.kind === 'said' && voiceOf(before.event) === voiceOf(line.event)}
        />
      );
  }
}

function Fact({ told }: { told: Told }) {
  const values = { ...told.values };
  for (const [hole, key] of Object.entries(told.words)) values[hole] = say(key);
  return (
    <p class="fact">
      {say(told.key, values)}
      {told.reasons.length > 0 && <strong> {triggersWords(told.reasons)}</strong>} <Time at={told.event.at} />
    </p>
  );
}

/** What the customer was told by the system. */
function SystemWords({ event }: { event: MessageAdded }) {
  return (
    <p class="fact told" dir="auto">
      {event.body?.text ?? say('erased')} <Time at={event.at} />
    </p>
  );
}

interface SaidProps {
  event: MessageAdded;
  talk_id: string;
  contact: Item['contact'];
  highlight: Highlight | null;
  isSameVoice: boolean;
}

function Said({ event, talk_id, contact, highlight, isSameVoice }: SaidProps) {
  const files = event.body?.files ?? [];
  const text = event.body ? noted(event) : say('erased');
  const look = event.private ? 'note' : event.role;
  const isHighlighted = highlight?.message_id === event.message_id;
  return (
    <article class={`said ${look} ${isSameVoice ? 'same-voice' : ''} ${isHighlighted ? 'highlighted' : ''}`}>
      <p class={isSameVoice ? 'hidden' : 'said-who'}>
        {speakerOf(event, contact.name)} <Time at={event.at} />
      </p>
      {event.body?.mail && <AroundMail mail={event.body.mail} contact={contact} />}
      {text && (
        <p class="bubble" dir="auto">
          {isHighlighted ? <Marked text={text} words={highlight.words} /> : text}
        </p>
      )}
      <FilesShown talk_id={talk_id} files={files} />
      {event.body?.mail?.rest && (
        <details>
          <summary class="quiet">{say('mail_rest')}</summary>
          <p class="bubble" dir="auto">
            {event.body.mail.rest}
          </p>
        </details>
      )}
      {!!event.body?.citations?.length && (
        <p class="quiet">{say('source', { title: words.list([...new Set(event.body.citations.map(({ title }) => title))]) })}</p>
      )}
    </article>
  );
}

/** What stood around a mail's words, and how far its address can be trusted. */
function AroundMail({ mail, contact }: { mail: MailHead; contact: Item['contact'] }) {
  return (
    <>
      {mail.subject && (
        <p class="quiet" dir="auto">
          {say('mail_subject', { subject: mail.subject })}
        </p>
      )}
      {mail.by_other && <p class="notice warn">{say('mail_other', { from: mail.from })}</p>}
      {!mail.by_other && !mail.is_proof && <p class="quiet">{say('mail_claimed')}</p>}
      {contact.email_failure && <p class="notice warn">{say('mail_bounced', { said: contact.email_failure })}</p>}
      {!!mail.files_left_out?.length && (
        <p class="quiet" dir="auto">
          {say('mail_left_out', { names: words.list(mail.files_left_out) })}
        </p>
      )}
    </>
  );
}

function speakerOf(event: MessageAdded, customer: string | null): string {
  if (event.private) return event.agent ? say('note_by', { name: event.agent.name }) : say('note_by_system');
  if (event.role === 'customer') return customer ?? say('role_customer');
  return event.agent?.name ?? say(`role_${event.role}`);
}

/** What the system notes for agents is read in their language; the rest as it was written. */
function noted({ private: isNote, template, body }: MessageAdded): string {
  const key = `note_${template?.replaceAll('.', '_')}`;
  return isNote && body?.values && words.has(key) ? say(key, body.values) : (body?.text ?? '');
}

function voiceOf(event: MessageAdded): string {
  return `${event.role} ${event.private ?? false} ${event.agent?.id ?? ''}`;
}

/** A text with some of its words marked. */
function Marked({ text, words: wanted }: { text: string; words: string }) {
  const at = text.toLowerCase().indexOf(wanted.trim().toLowerCase());
  if (at < 0 || !wanted.trim()) return <>{text}</>;
  const end = at + wanted.trim().length;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      {text.slice(end)}
    </>
  );
}

interface OnItsWayProps {
  desk: Desk;
  talk: Talk;
  pending: Pending;
}

function OnItsWay({ desk, talk, pending }: OnItsWayProps) {
  const isFailed = pending.state === 'failed';
  return (
    <article class={`said ${pending.private ? 'note' : 'agent'} on-its-way ${pending.state}`}>
      <p class="said-who" role="status">
        {say(pending.state === 'held' ? (pending.elsewhere ? 'held_elsewhere' : 'held') : isFailed ? 'not_sent' : 'sending')}
      </p>
      {pending.text && (
        <p class="bubble" dir="auto">
          {pending.text}
        </p>
      )}
      <FilesShown talk_id={talk.id} files={pending.files ?? []} />
      {pending.state === 'held' && !pending.elsewhere && (
        <p class="deeds">
          <button type="button" onClick={() => desk.writing.takeBack(talk, pending)}>
            {say('unsend')} <Key name="u" />
          </button>
          <span class="quiet" aria-hidden="true">
            {say('held_left', { n: Math.max(0, Math.ceil(((pending.goes_at ?? 0) - desk.world.now()) / 1_000)) })}
          </span>
        </p>
      )}
      {isFailed && (
        <p class="deeds">
          <button type="button" onClick={() => void desk.writing.retry(talk, pending)}>
            {say('try_again')}
          </button>
          <button type="button" onClick={() => desk.writing.takeBack(talk, pending)}>
            {say('take_back')}
          </button>
        </p>
      )}
    </article>
  );
}

function Time({ at }: { at: string }) {
  return <time dateTime={at}>{words.time(at)}</time>;
}
