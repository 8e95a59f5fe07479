// Where an agent writes: to the customer, or a note that only agents see. The two look
// different, so that nobody takes the one for the other.

import type { Item } from './api';
import type { TalkProps } from './Conversation';
import { Choose, InBasket } from './Files';
import { Key } from './bits';
import { say } from './words';

export function Composer({ desk, talk }: TalkProps) {
  const draft = desk.writing.draft(talk.id);
  const isMine = desk.isMine(talk);
  const writes = desk.writing.kindOf(talk);
  const isNote = writes === 'note';
  const text = draft[writes];
  const basket = desk.writing.basket(talk.id, writes);
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
        <Choose basket={basket} />
        <button type="submit" class={`send ${isNote ? '' : 'primary'}`} disabled={!hasWords || basket.isBusy || talk.checking}>
          {say(submitWords(isNote, talk.doubted !== null, talk.checking))} <Key name="Ctrl ⏎" />
        </button>
      </div>
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
        onInput={(event) => desk.writing.write(talk, { [writes]: event.currentTarget.value })}
        onPaste={(event) => {
          if (!event.clipboardData?.files.length) return;
          event.preventDefault();
          basket.add(event.clipboardData.files);
        }}
      />
      <InBasket basket={basket} />
      <div id="composer-faults" role="status">
        {!isNote && text.trim() && talk.faults.length > 0 && <Faults talk={talk} />}
      </div>
    </form>
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
