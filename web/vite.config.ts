// Three builds, one folder. `--mode widget` and `--mode console` each make a page
// with hashed assets below their own base; `--mode loader` makes the one file that
// a customer's site includes, whose name never changes.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const here = import.meta.dirname;
const dist = resolve(here, 'dist');

export default defineConfig(({ mode }): UserConfig => (mode === 'loader' ? loader() : page(mode)));

/** A page of its own, served under `/<name>/`. */
function page(name: string): UserConfig {
  return {
    root: resolve(here, name),
    base: `/${name}/`,
    publicDir: false,
    // `h` itself makes a smaller page than the jsx runtime in front of it.
    oxc: {
      jsx: { runtime: 'classic', pragma: 'h', pragmaFrag: 'Fragment' },
      jsxInject: "import { h, Fragment } from 'preact';",
    },
    plugins: [plainImports],
    build: {
      outDir: resolve(dist, name),
      emptyOutDir: true,
      target: 'es2022',
      // light-dark() is kept as it is: lowering it doubles the colours.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      // A strict Content-Security-Policy refuses `data:`; every asset is a file.
      assetsInlineLimit: 0,
      modulePreload: false,
    },
  };
}

/** `import()` as it is: 1.3 kB of preloading would gain a page of two files nothing. */
const plainImports: Plugin = {
  name: 'plain-imports',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : null),
};

/** The script that a customer's site includes: one file, no imports. */
function loader(): UserConfig {
  return {
    root: here,
    publicDir: false,
    define: { LAUNCHER_WORDS: JSON.stringify(launcherWords()) },
    build: {
      outDir: dist,
      emptyOutDir: false,
      target: 'es2022',
      lib: {
        entry: resolve(here, 'widget/loader.ts'),
        name: 'SegueLoader',
        formats: ['iife'],
        fileName: () => 'widget.js',
      },
    },
  };
}

/** What the button says, so that it needs nothing more to be named. */
function launcherWords(): Record<string, string> {
  const folder = resolve(here, '../words');
  const languages = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return Object.fromEntries(
    languages.map((file) => {
      const words: Record<string, string> = JSON.parse(readFileSync(resolve(folder, file), 'utf8'));
      return [file.replace('.json', ''), ['open', 'close', 'frame'].map((key) => words[`widget.${key}`]).join('|')];
    }),
  );
}
