// The console's words, fetched once.

class ConsoleWords {
  language = 'en';
  #words: Record<string, string> = {};

  async load(language: string): Promise<void> {
    try {
      const answer = await fetch(`/words/${encodeURIComponent(language)}.json?section=console`);
      this.#words = (await answer.json()) as Record<string, string>;
      this.language = this.#words['language'] ?? 'en';
    } catch {
      // The keys themselves are better than an empty page.
    }
  }

  /** `console.<key>` with `{names}` filled in; a text that is no key stays as it is. */
  say = (key: string, values: Record<string, string | number> = {}): string => {
    const text = this.#words[`console.${key}`] ?? this.#words[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
  };

  time(at: string): string {
    return new Intl.DateTimeFormat(this.language, { hour: 'numeric', minute: '2-digit' }).format(new Date(at));
  }

  date(at: string): string {
    return new Intl.DateTimeFormat(this.language, { dateStyle: 'medium' }).format(new Date(at));
  }

  /** "3 min", "2 h". */
  span(ms: number): string {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 60) return this.say('span_s', { n: seconds });
    if (seconds < 3600) return this.say('span_min', { n: Math.floor(seconds / 60) });
    return this.say('span_h', { n: Math.floor(seconds / 3600) });
  }
}

export const words = new ConsoleWords();
export const say = words.say;

/** A trigger in words: `topic.billing_dispute` → "Billing dispute". */
export function triggerWords(trigger: string): string {
  const key = `trigger_${trigger.replace('.', '_')}`;
  const text = say(key);
  return text === key ? trigger : text;
}
