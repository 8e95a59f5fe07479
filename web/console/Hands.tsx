// From hand to hand: what an agent says who passes a conversation on or gives it back to
// the assistant, and what the next one reads of that.

import { useRef, useState } from 'preact/hooks';
import type { HandBackBrief, Item, Package } from './api';
import { Close, Dialog, Ways } from './Dialogs';
import { Key } from './bits';
import type { Desk } from './models/desk';
import { takesNote, type Way, waysFor } from './models/ways';
import { say, words } from './words';

interface Props {
  desk: Desk;
  id: string;
}

/** Ctrl+Enter sends a form from within its text. */
function sendsOnEnter(event: KeyboardEvent): void {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.currentTarget instanceof HTMLFormElement) {
    event.preventDefault();
    event.currentTarget.requestSubmit();
  }
}

/** Why it did not happen: what the page says behind a dialog nobody hears. */
function Refused({ desk }: { desk: Desk }) {
  const bad = desk.notice?.tone === 'bad' ? desk.notice : null;
  return <div role="alert">{bad && <p class="fault">{bad.text ?? say(bad.key, bad.values)}</p>}</div>;
}

/** Lets go of one conversation: to a colleague or a team with a note, or otherwise. */
export function PassOn({ desk, id }: Props) {
  const item: Item | undefined = desk.talks.of(id)?.item;
  const { floor } = desk.shift;
  const ways = item ? waysFor(item, floor, desk.me).filter((one) => !one.startsWith('close')) : [];
  const [way, choose] = useState<Way>(ways.find(takesNote) ?? 'queue');
  const [isRefused, setRefused] = useState(false);
  if (!item) return null;
  const [, chosen] = way.split(' ');
  const team = floor?.pass_to.find((one) => one.id === chosen);
  const colleague = floor?.agents.find((one) => one.id === chosen);
  // What was written stays until it has arrived: a colleague may have no room any more.
  const send = async (note: string) => {
    const isDone = await desk.shift.release(item, way, note, team?.name ?? colleague?.name ?? '');
    setRefused(!isDone);
    if (isDone) desk.set({ dialog: null });
  };
  return (
    <Dialog desk={desk} title={say('leave_title')}>
      <form
        onKeyDown={sendsOnEnter}
        onSubmit={(event) => {
          event.preventDefault();
          void send(String(new FormData(event.currentTarget).get('note') ?? ''));
        }}
      >
        <label class="way">
          {say('leave_how')}
          <Ways desk={desk} ways={ways} chosen={way} onChoose={choose} />
        </label>
        {team?.there === 0 && (
          <p class="notice warn" role="status">
            {say('pass_nobody', { name: team.name })}
          </p>
        )}
        {takesNote(way) && (
          <>
            <label for="pass-note">{say('pass_note')}</label>
            <textarea id="pass-note" name="note" rows={3} maxLength={2_000} />
          </>
        )}
        {isRefused && <Refused desk={desk} />}
        <div class="deeds">
          <button type="submit" class="primary" disabled={desk.shift.isBusy(id)}>
            {say('leave')} <Key name="Ctrl ⏎" />
          </button>
          <Close desk={desk} />
        </div>
      </form>
    </Dialog>
  );
}

const PARTS = ['done', 'promised', 'open'] as const;

function linesOf(text: FormDataEntryValue | null): string[] {
  const lines = String(text ?? '').split('\n');
  return lines.map((line) => line.trim()).filter(Boolean);
}

/** Back to the assistant, with what it must know. */
export function HandBack({ desk, id }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [isEmpty, setEmpty] = useState(false);
  const [isRefused, setRefused] = useState(false);
  const item: Item | undefined = desk.talks.of(id)?.item;
  if (!item) return null;
  const language = new Intl.DisplayNames(words.language, { type: 'language' }).of(item.language) ?? item.language;
  const send = async () => {
    const given = new FormData(form.current ?? undefined);
    const brief: HandBackBrief = {
      done: linesOf(given.get('done')),
      promised: linesOf(given.get('promised')),
      open: linesOf(given.get('open')),
    };
    const says = PARTS.some((part) => brief[part].length > 0);
    setEmpty(!says);
    // What was written stays until it has arrived.
    const isDone = says && (await desk.shift.handBack(item, brief));
    setRefused(says && !isDone);
    if (isDone) desk.set({ dialog: null });
  };
  return (
    <Dialog desk={desk} title={say('hand_back_title')}>
      <form
        ref={form}
        onKeyDown={sendsOnEnter}
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p>{say('hand_back_words', { language })}</p>
        {PARTS.map((part) => (
          <label key={part} class="brief-part">
            {say(`hand_back_${part}`)}
            <textarea name={part} rows={2} dir="auto" autofocus={part === 'done'} placeholder={say(`hand_back_${part}_example`)} />
          </label>
        ))}
        <div role="alert">{isEmpty && <p class="fault">{say('hand_back_empty')}</p>}</div>
        {isRefused && <Refused desk={desk} />}
        <div class="deeds">
          <button type="submit" class="primary" disabled={desk.shift.isBusy(id)}>
            {say('hand_back')} <Key name="Ctrl ⏎" />
          </button>
          <Close desk={desk} />
        </div>
      </form>
    </Dialog>
  );
}

/** What the agents before said, did and promised. */
export function FromOthers({ received }: { received: Package }) {
  const passed = received.passed ?? [];
  const agreed = received.agreed ?? [];
  return (
    <>
      {passed.length > 0 && (
        <section class="passed">
          <h3>{say('passed_title')}</h3>
          {passed.map(({ at, from, to, note, said }) => (
            <div key={at}>
              <p>
                <strong>{say('passed_by', { name: from.name, to: to.to === 'team' ? to.name : to.agent.name })}</strong>{' '}
                <time class="quiet" dateTime={at}>
                  {words.time(at)}
                </time>
              </p>
              {note && <p dir="auto">{note}</p>}
              {said.length > 0 && (
                <ul class="quiet">
                  {said.map((text) => (
                    <li key={text} dir="auto">
                      {text}
                    </li>
                  ))}
                </ul>
              )}
            </div>
          ))}
        </section>
      )}
      {agreed.map(({ agent, at, brief }) => (
        <section key={at} class="agreed">
          <h3>{say('agreed_title', { name: agent.name })}</h3>
          <dl class="attributes">
            {PARTS.filter((part) => brief[part].length > 0).map((part) => (
              <div key={part}>
                <dt>{say(`hand_back_${part}`)}</dt>
                <dd>
                  {brief[part].map((line) => (
                    <p key={line} dir="auto">
                      {line}
                    </p>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}
