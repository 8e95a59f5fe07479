/** The launcher's words by language, "open|close|frame", from words/*.json (see vite.config.ts). */
declare const LAUNCHER_WORDS: Record<string, string>;
