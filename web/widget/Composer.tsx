// Where the customer writes. What is being typed outlives a reload.

import { h } from './draw';
import type { Session } from './models/session';

/** The field grows with its text up to here. */
const TALLEST_PX = 132;

export function Composer({ session }: { session: Session }) {
  const { say } = session.words;
  const text = session.outbox.draft;
  const max = session.tooLong(text.trim());
  /** Files come by choice, by paste and by drop. */
  const take = (event: Partial<ClipboardEvent & DragEvent> & Event) => {
    const { files } = event.clipboardData ?? event.dataTransfer ?? (event.target as HTMLInputElement);
    if (files?.[0]) {
      event.preventDefault();
      session.attach([...files]);
    }
  };
  return (
    <form
      class="composer"
      onChange={take}
      onPaste={take}
      onDrop={take}
      onDragOver={(event) => event.preventDefault()}
      onSubmit={(event) => {
        event.preventDefault();
        session.sendDraft();
        event.currentTarget.querySelector('textarea')?.focus();
      }}
    >
      {session.files?.tray()}
      {/* Once it has a name. A phone's own choice offers its camera too. */}
      {say('attach') && (
        <label>
          <input type="file" class="hidden" multiple aria-label={say('attach')} />
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M17 7v9a5 5 0 0 1-10 0V6a3 3 0 0 1 6 0v10" />
          </svg>
        </label>
      )}
      <textarea
        ref={fit}
        rows={1}
        value={text}
        dir="auto"
        enterkeyhint="send"
        aria-label={say('message_label')}
        placeholder={say('message_placeholder')}
        aria-invalid={!!max}
        aria-describedby="too-long"
        onInput={(event) => session.write(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Enter also ends the choice of a Japanese or Chinese word.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
      />
      <button type="submit" class="send" aria-label={say('send')} disabled={!session.maySend}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 20V5m-7 7 7-7 7 7" />
        </svg>
      </button>
      <p id="too-long" class="fault" role="status">
        {max && say('too_long', { max })}
      </p>
    </form>
  );
}

function fit(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight + 2, TALLEST_PX)}px`;
}
