// Where an agent writes: to the customer, or a note that only agents see. The two look
// different, so that nobody takes the one for the other.

import type { Item } from './api';
import type { TalkProps } from './Conversation';
import { Choose, InBasket } from './Files';
import { HelpPanel } from './Help';
import { Picker, pickByKey } from './Picker';
import { Key } from './bits';
import { holesOf } from './models/canned';
import { say } from './words';

export function Composer({ desk, talk }: TalkProps) {
  const draft = desk.writing.draft(talk.id);
  const isMine = desk.isMine(talk);
  const writes = desk.writing.kindOf(talk);
  const isNote = writes === 'note';
  const text = draft[writes];
  const basket = desk.writing.basket(talk.id, writes);
  const isOffered = !isNote && desk.canned.found.length > 0;
  const hasWords = !!text.trim() || basket.ready.length > 0;
  return (
    <form
      class={`composer ${writes}`}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        event.currentTarget.classList.add('takes-files');
      }}
      onDragLeave={(event) => event.currentTarget.classList.remove('takes-files')}
      onDrop={(event) => {
        event.currentTarget.classList.remove('takes-files');
        if (!event.dataTransfer?.files.length) return;
        event.preventDefault();
        basket.add(event.dataTransfer.files);
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void desk.writing.send(talk);
      }}
    >
      <div class="composer-head">
        <button type="button" aria-pressed={!isNote} disabled={!isMine} onClick={() => desk.compose('reply')}>
          {say('reply')} <Key name="r" />
        </button>
        <button type="button" aria-pressed={isNote} onClick={() => desk.compose('note')}>
          {say('note')} <Key name="n" />
        </button>
        <span class="quiet composer-hint">{hint(talk.item, isMine, isNote)}</span>
        {isMine && (
          <button type="button" aria-haspopup="listbox" onClick={() => desk.pickCanned(talk)}>
            {say('canned')} <Key name="/" />
          </button>
        )}
        <button type="button" aria-pressed={desk.help.talk_id === talk.id} onClick={() => void desk.act('help_articles')}>
          {say('help_articles')} <Key name="o" />
        </button>
        <Choose basket={basket} />
        <button type="submit" class={`send ${isNote ? '' : 'primary'}`} disabled={!hasWords || basket.isBusy || talk.checking}>
          {say(submitWords(isNote, talk.doubted !== null || talk.left_open !== null, talk.checking))} <Key name="Ctrl ⏎" />
        </button>
      </div>
      {desk.help.talk_id === talk.id && <HelpPanel key={talk.id} desk={desk} talk={talk} />}
      <Collision desk={desk} talk={talk} />
      {!isNote && <Picker desk={desk} talk={talk} />}
      <label class="hidden" for="composer">
        {say(isNote ? 'note_label' : 'reply_label')}
      </label>
      <textarea
        id="composer"
        rows={2}
        dir={text ? 'auto' : undefined}
        value={text}
        readOnly={talk.checking}
        placeholder={say(isNote ? 'note_placeholder' : 'reply_placeholder')}
        aria-describedby="composer-faults"
        aria-autocomplete={isNote ? undefined : 'list'}
        aria-controls={isOffered ? 'canned' : undefined}
        aria-activedescendant={isOffered ? `canned-${desk.canned.at}` : undefined}
        onInput={(event) => {
          desk.writing.write(talk, { [writes]: event.currentTarget.value });
          if (!isNote) desk.canned.look(event.currentTarget.value, event.currentTarget.selectionStart);
        }}
        onKeyDown={(event) => {
          if (isNote || !pickByKey(desk, event)) return;
          // Enter, Tab and Escape have done their deed.
          event.preventDefault();
          event.stopPropagation();
        }}
        onBlur={() => desk.canned.close()}
        onPaste={(event) => {
          if (!event.clipboardData?.files.length) return;
          event.preventDefault();
          basket.add(event.clipboardData.files);
        }}
      />
      <InBasket basket={basket} />
      <div id="composer-faults" role="status">
        {!isNote && <Holes text={text} desk={desk} />}
        {!isNote && text.trim() && talk.faults.length > 0 && <Faults talk={talk} />}
      </div>
    </form>
  );
}

/** What a reply leaves open still; the first press of *Send* only points at it. */
function Holes({ text, desk }: { text: string; desk: TalkProps['desk'] }) {
  const names = [...new Set(holesOf(text).map(({ name }) => name))];
  if (!names.length) return null;
  return (
    <div class="faults-box">
      <p>
        {say('holes_title')} {names.map((name) => <code key={name}>{`{${name}} `}</code>)}
        <button type="button" class="link" onClick={() => desk.wishFor('hole')}>
          {say('holes_go')}
        </button>
      </p>
    </div>
  );
}

/** Somebody else was quicker, or has the conversation now: nothing that was written is lost. */
function Collision({ desk, talk }: TalkProps) {
  const { reply } = desk.writing.draft(talk.id);
  const isLost = !desk.isMine(talk) && !!reply.trim();
  return (
    <div role="status">
      {isLost && (
        <>
          <p class="notice warn">
            <span>{talk.item.agent ? say('draft_kept_with', { name: talk.item.agent.name }) : say('draft_kept')}</span>
            <button type="button" class="link" onClick={() => desk.writing.makeNote(talk)}>
              {say('draft_to_note')}
            </button>
            <button type="button" class="link" onClick={() => desk.writing.write(talk, { reply: '' })}>
              {say('draft_discard')}
            </button>
          </p>
          <p class="kept" dir="auto">
            {reply}
          </p>
        </>
      )}
      {talk.overtaken_by !== null && !!reply.trim() && (
        <p class="notice warn">
          <span>{say('overtaken', { name: talk.overtaken_by })}</span>
          <button
            type="button"
            class="link"
            onClick={() => {
              talk.overtaken_by = null;
              desk.changed();
            }}
          >
            {say('overtaken_read')}
          </button>
        </p>
      )}
    </div>
  );
}

/** What the check found, kindly: it advises, the agent decides. */
function Faults({ talk }: Pick<TalkProps, 'talk'>) {
  return (
    <div class="faults-box">
      <p>{say(talk.doubted === null ? 'faults_title' : 'faults_doubted')}</p>
      <ul class="faults">
        {talk.faults.map((fault) => (
          <li key={fault}>{say(`fault_${fault}`)}</li>
        ))}
      </ul>
    </div>
  );
}

function hint({ state, by_email }: Item, isMine: boolean, isNote: boolean): string {
  const waits = state === 'queued' || state === 'by_email';
  if (isNote) return say(waits && !isMine ? 'not_mine' : 'note_hint');
  return by_email ? say('reply_by_email') : '';
}

function submitWords(isNote: boolean, isDoubted: boolean, isChecking: boolean): string {
  if (isNote) return 'save_note';
  if (isChecking) return 'checking';
  return isDoubted ? 'send_anyway' : 'send';
}
