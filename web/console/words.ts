// The console's words, fetched once, and how it writes times and numbers.

type Values = Record<string, string | number>;

export class ConsoleWords {
  language = 'en';
  #words: Record<string, string> = {};

  async load(language: string): Promise<void> {
    try {
      const answer = await fetch(`/words/${encodeURIComponent(language)}.json?section=console`);
      this.take((await answer.json()) as Record<string, string>);
    } catch {
      // The keys themselves are better than an empty page.
    }
  }

  take(words: Record<string, string>): void {
    this.#words = words;
    this.language = words['language'] ?? 'en';
  }

  get direction(): 'ltr' | 'rtl' {
    return /^(ar|fa|he|ur)\b/.test(this.language) ? 'rtl' : 'ltr';
  }

  /** `console.<key>` with `{names}` filled in; a text that is no key stays as it is. */
  say = (key: string, values: Values = {}): string => {
    const text = this.#words[`console.${key}`] ?? key;
    return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
  };

  /** Whether there are words for a key that is made of data. */
  has(key: string): boolean {
    return `console.${key}` in this.#words;
  }

  time(at: string | number): string {
    return this.#date({ hour: 'numeric', minute: '2-digit' }, at);
  }

  date(at: string | number): string {
    return this.#date({ dateStyle: 'medium' }, at);
  }

  day(at: string | number): string {
    return this.#date({ weekday: 'long', day: 'numeric', month: 'long' }, at);
  }

  /** A day of the server's, which is a day in UTC. */
  utcDay(day: string): string {
    return this.#date({ day: 'numeric', month: 'short', timeZone: 'UTC' }, day);
  }

  /** "3 min", "2 hr": one unit, rounded down. */
  span(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60) return this.#unit('second', seconds);
    if (seconds < 3600) return this.#unit('minute', Math.floor(seconds / 60));
    if (seconds < 86_400) return this.#unit('hour', Math.floor(seconds / 3600));
    return this.#unit('day', Math.floor(seconds / 86_400));
  }

  number(n: number, digits = 0): string {
    return new Intl.NumberFormat(this.language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
  }

  percent(share: number): string {
    return new Intl.NumberFormat(this.language, { style: 'percent' }).format(share);
  }

  list(parts: string[]): string {
    return new Intl.ListFormat(this.language, { type: 'unit', style: 'short' }).format(parts);
  }

  #unit(unit: string, n: number): string {
    return new Intl.NumberFormat(this.language, { style: 'unit', unit, unitDisplay: 'short' }).format(n);
  }

  #date(how: Intl.DateTimeFormatOptions, at: string | number): string {
    return new Intl.DateTimeFormat(this.language, how).format(new Date(at));
  }
}

export const words = new ConsoleWords();
export const say = words.say;

/** A trigger in words: `topic.billing_dispute` → "Billing dispute". */
export function triggerWords(trigger: string): string {
  const key = `trigger_${trigger.replace('.', '_')}`;
  return words.has(key) ? say(key) : trigger;
}

/** A next step in the agent's language where a rule says it; an article's words stay its own. */
export function stepWords(step: { source: string; text: string }): string {
  const key = `step.${step.source}`;
  return words.has(key) ? say(key) : step.text;
}

/** A known fact in the agent's language; packages from before have it in English only. */
export function factWords(fact: { text: string; key?: string; values?: Record<string, string> }): string {
  const key = `fact.${fact.key ?? ''}`;
  return words.has(key) ? say(key, fact.values) : fact.text;
}

export function triggersWords(triggers: string[]): string {
  return words.list(triggers.map(triggerWords));
}
