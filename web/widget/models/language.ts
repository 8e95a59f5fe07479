// Which language the visitor asked for and does not get (P49).

import type { Words } from './words';

/** Its name, in the language that is spoken instead; `null` where nothing is missing. */
export function missingLanguage({ language, requested }: Words): string | null {
  try {
    const asked = new Intl.Locale(requested).language;
    return asked === language ? null : (new Intl.DisplayNames(language, { type: 'language' }).of(asked) ?? null);
  } catch {
    // A site may ask for anything; what is no language is not missed.
    return null;
  }
}
