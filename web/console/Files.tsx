// Files of a conversation (P46): pictures small, everything else by its name; each is a
// download. Beside the composer, those that are on their way.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Basket, faultKey, hasPreview, type Item, sizeWords } from '../shared/basket';
import type { Attached } from '../shared/wire';
import { fileAddress } from './api';
import { say, words } from './words';

interface FilesProps {
  talk_id: string;
  files: readonly Attached[];
}

export function FilesShown({ talk_id, files }: FilesProps) {
  const [looked_at, look] = useState<Attached | null>(null);
  if (!files.length) return null;
  const pictures = files.filter(hasPreview);
  return (
    <>
      <ul class="files">
        {files.map((file) => (
          <li key={file.id}>
            {hasPreview(file) && (
              <button type="button" class="picture" aria-label={say('picture_open', { name: file.name })} onClick={() => look(file)}>
                <Preview talk_id={talk_id} file={file} />
              </button>
            )}
            <a href={fileAddress(talk_id, file.id)} download={file.name} title={say('file_save')}>
              <span class="file-name" dir="auto">
                {file.name}
              </span>{' '}
              <span class="quiet">{sizeWords(file.bytes, words.language)}</span>
            </a>
          </li>
        ))}
      </ul>
      {looked_at && <Picture talk_id={talk_id} pictures={pictures} file={looked_at} look={look} />}
    </>
  );
}

interface PictureProps {
  talk_id: string;
  pictures: Attached[];
  file: Attached;
  look(file: Attached | null): void;
}

/** A picture as large as it fits; arrows walk those that came with it. */
function Picture({ talk_id, pictures, file, look }: PictureProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const cameFrom = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (cameFrom instanceof HTMLElement) cameFrom.focus();
    };
  }, []);
  const at = pictures.findIndex(({ id }) => id === file.id);
  const step = (by: number) => look(pictures[(at + by + pictures.length) % pictures.length] ?? file);
  const isOne = pictures.length < 2;
  return (
    <dialog
      ref={dialog}
      class="lightbox"
      aria-label={say('picture_of', { name: file.name })}
      onClose={() => look(null)}
      onClick={(event) => {
        if (event.target === event.currentTarget) look(null);
      }}
      onKeyDown={(event) => {
        if (isOne) return;
        if (event.key === 'ArrowRight') step(1);
        if (event.key === 'ArrowLeft') step(-1);
      }}
    >
      <figure>
        <img src={fileAddress(talk_id, file.id)} alt={file.name} width={file.width ?? undefined} height={file.height ?? undefined} />
        <figcaption>
          <span class="file-name" dir="auto">
            {file.name}
          </span>
          <span class="quiet">
            {sizeWords(file.bytes, words.language)}
            {!isOne && ` · ${say('picture_count', { n: at + 1, all: pictures.length })}`}
          </span>
          <span class="row">
            {!isOne && (
              <>
                <button type="button" aria-label={say('picture_before')} onClick={() => step(-1)}>
                  <span aria-hidden="true">‹</span>
                </button>
                <button type="button" aria-label={say('picture_next')} onClick={() => step(1)}>
                  <span aria-hidden="true">›</span>
                </button>
              </>
            )}
            <a class="button" href={fileAddress(talk_id, file.id)} download={file.name}>
              {say('file_save')}
            </a>
            <button type="button" onClick={() => look(null)}>
              {say('close')}
            </button>
          </span>
        </figcaption>
      </figure>
    </dialog>
  );
}

/** Its size is known before it comes, so that nothing jumps. */
function Preview({ talk_id, file }: { talk_id: string; file: Attached }) {
  return (
    <img
      src={fileAddress(talk_id, file.id)}
      alt=""
      loading="lazy"
      decoding="async"
      width={file.width ?? undefined}
      height={file.height ?? undefined}
    />
  );
}

/** The button that opens the system's choice of files. */
export function Choose({ basket }: { basket: Basket }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={field}
        type="file"
        multiple
        class="hidden"
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          basket.add(event.currentTarget.files ?? []);
          // The same file can be chosen once more.
          event.currentTarget.value = '';
        }}
      />
      <button type="button" onClick={() => field.current?.click()}>
        {say('attach')}
      </button>
    </>
  );
}

export function InBasket({ basket }: { basket: Basket }) {
  return (
    <ul class="basket" aria-label={say('files_attached')} hidden={basket.isEmpty}>
      {basket.items.map((item) => (
        <li key={item.id} class={item.state}>
          <span class="file-name" dir="auto">
            {item.name}
          </span>
          {item.state === 'sending' && <progress value={item.part} max={1} aria-label={say('file_sending', { name: item.name })} />}
          <span class={item.state === 'ready' ? 'quiet' : 'fault'} role="status">
            {standing(item)}
          </span>
          {item.state === 'failed' && (
            <button type="button" onClick={() => basket.retry(item)}>
              {say('try_again')}
            </button>
          )}
          <button type="button" aria-label={say('file_remove', { name: item.name })} onClick={() => basket.remove(item)}>
            <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function standing(item: Item): string {
  if (item.state === 'sending') return '';
  if (item.state === 'ready') return sizeWords(item.bytes, words.language);
  if (item.state === 'failed') return say('file_failed');
  return say(`file_fault_${faultKey(item.fault)}`);
}
