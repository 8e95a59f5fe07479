// The words of one language. They come from the server; until they have come, or
// when they cannot, the few that no customer may be without are here.

const BUILT_IN: Record<string, string> = {
  talk_to_person: 'Talk to a person',
  unavailable: "The chat isn't available right now. Please try again later.",
  close: 'Close chat',
  retry: 'Try again',
};

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/;

export type Say = (key: string, values?: Record<string, string | number>) => string;

export class Words {
  /** The language really used, which may differ from the one asked for. */
  language = 'en';
  loaded = false;

  #words: Record<string, string> = {};

  load(words: Record<string, string>): void {
    this.#words = words;
    this.language = words['language'] ?? 'en';
    this.loaded = true;
  }

  get direction(): 'rtl' | 'ltr' {
    return RIGHT_TO_LEFT.test(this.language) ? 'rtl' : 'ltr';
  }

  /** `widget.<key>` with `{names}` filled in; empty while nothing is known. */
  say: Say = (key, values = {}) => {
    const text = this.#words[`widget.${key}`] ?? BUILT_IN[key] ?? '';
    return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
  };

  time(at: Date): string {
    return this.#format(at, { hour: 'numeric', minute: '2-digit' });
  }

  /** "3:30 PM" today, "Monday 9:00 AM" this week, with the date beyond. */
  moment(at: Date, now: Date): string {
    const clock = { hour: 'numeric', minute: '2-digit' } as const;
    if (at.toDateString() === now.toDateString()) return this.#format(at, clock);
    const days = (at.getTime() - now.getTime()) / 86_400_000;
    if (days > 0 && days < 6) return this.#format(at, { weekday: 'long', ...clock });
    return this.#format(at, { weekday: 'long', day: 'numeric', month: 'long', ...clock });
  }

  #format(at: Date, how: Intl.DateTimeFormatOptions): string {
    try {
      return new Intl.DateTimeFormat(this.language, how).format(at);
    } catch {
      return at.toLocaleString();
    }
  }
}
