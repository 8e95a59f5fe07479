// Carries one file to the server. By XMLHttpRequest: `fetch` cannot tell how far it is.

import { NotTaken } from './basket';
import type { Attached } from './wire';

/** As long as nothing moves; a phone's radio can hang for minutes. */
const SILENCE_MS = 40_000;

export interface Upload {
  path: string;
  headers: Record<string, string>;
  file: File;
  id: string;
  tell(part: number): void;
  cancel: AbortSignal;
}

export function upload({ path, headers, file, id, tell, cancel }: Upload): Promise<Attached> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let silence = 0;
    const listen = () => {
      clearTimeout(silence);
      silence = window.setTimeout(() => request.abort(), SILENCE_MS);
    };
    const fail = () => reject(new NotTaken(0, ''));
    request.open('POST', path);
    const all = { ...headers, 'Content-Type': 'application/octet-stream', 'X-File-Id': id, 'X-File-Name': encodeURIComponent(file.name) };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => {
      listen();
      if (total) tell(loaded / total);
    };
    request.onload = () => {
      if (request.status < 300 && request.response) resolve(request.response as Attached);
      else reject(new NotTaken(request.status, (request.response as { code?: string } | null)?.code ?? ''));
    };
    request.onerror = fail;
    request.onabort = fail;
    request.onloadend = () => clearTimeout(silence);
    cancel.addEventListener('abort', () => request.abort());
    listen();
    request.send(file);
  });
}
