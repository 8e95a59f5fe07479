// Files of a conversation (P46): pictures small, everything else by its name; each is a
// download. Beside the composer, those that are on their way.

import { useRef } from 'preact/hooks';
import { type Basket, faultKey, hasPreview, type Item, sizeWords } from '../shared/basket';
import type { Attached } from '../shared/wire';
import { fileAddress } from './api';
import { say, words } from './words';

interface FilesProps {
  talk_id: string;
  files: readonly Attached[];
}

export function FilesShown({ talk_id, files }: FilesProps) {
  if (!files.length) return null;
  return (
    <ul class="files">
      {files.map((file) => (
        <li key={file.id}>
          <a href={fileAddress(talk_id, file.id)} download={file.name} title={say('file_save')}>
            {hasPreview(file) && <Preview talk_id={talk_id} file={file} />}
            <span class="file-name" dir="auto">
              {file.name}
            </span>{' '}
            <span class="quiet">{sizeWords(file.bytes, words.language)}</span>
          </a>
        </li>
      ))}
    </ul>
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
