// The words of one language. They come from the server; until they have come, or
// when they cannot, the few that no customer may be without are here.

const BUILT_IN: Record<string, string> = {
  talk_to_person: 'Talk to a person',
  unavailable: "The chat isn't available right now. Please try again later.",
  frame: 'Chat',
  close: 'Close chat',
  send: 'Send',
  message_label: 'Your message',
  retry: 'Try again',
  offline: "No connection. What you write is kept and sent when you're back.",
};

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/;

export type Say = (key: string, values?: Record<string, string | number>) => string;

export class Words {
  /** The language really used, which may differ from the one asked for. */
  language = 'en';
  /** The one that was asked for. */
  requested = 'en';
  loaded = false;

  #words: Record<string, string> = {};

  load(words: Record<string, string>): void {
    this.#words = words;
    this.language = words['language'] ?? 'en';
    this.requested = words['requested'] ?? this.language;
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

  /** "3:30 PM" today, "Mon, Nov 23, 9:00 AM" on any other day. */
  moment(at: Date, now: Date): string {
    const clock = { hour: 'numeric', minute: '2-digit' } as const;
    const day = { weekday: 'short', day: 'numeric', month: 'short' } as const;
    const isToday = at.toDateString() === now.toDateString();
    const style = isToday ? clock : { ...day, ...clock };
    try {
      // As the visitor's own region writes it, if that speaks the language.
      return at.toLocaleString(this.requested.startsWith(this.language) ? this.requested : this.language, style);
    } catch {
      return at.toLocaleString(this.language, style);
    }
  }
}
