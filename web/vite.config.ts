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
    // `h` itself makes a smaller page than the jsx runtime in front of it. The widget has
    // its own (widget/draw.ts), and a tsconfig.json that says so.
    ...(name === 'console' && {
      oxc: {
        jsx: { runtime: 'classic', pragma: 'h', pragmaFrag: 'Fragment' },
        jsxInject: "import { h, Fragment } from 'preact';",
      },
    }),
    plugins: name === 'widget' ? [slim, plainImports] : [],
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

/** `import()` as it is: 1.3 kB of preloading would gain nothing where one file is fetched. */
const plainImports: Plugin = {
  name: 'plain-imports',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : null),
};

/**
 * What the minifiers leave: tokens that never change are written out where they are used
 * (`var(--space-2)` is `8px`), the others get short names, and the page loses its spaces.
 */
const slim: Plugin = {
  name: 'slim',
  enforce: 'post',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset') continue;
      if (file.fileName.endsWith('.css')) file.source = withoutTokens(String(file.source));
      if (file.fileName.endsWith('.html')) {
        file.source = String(file.source).replace(/\s*\n\s*/g, '').replace(/ crossorigin| \/(?=>)/g, '');
      }
    }
  },
};

function withoutTokens(css: string): string {
  // Those that depend on another one are shortened, `--brand` is set by the page.
  const tokens = [...css.matchAll(/(--[\w-]+):([^;}]+)/g)].map(([, name, value]) => ({ name: name!, value: value! }));
  const isSet = (name: string) => tokens.filter((token) => token.name === name).length > 1 || name === '--brand';
  const isFixed = ({ name, value }: (typeof tokens)[number]) => !isSet(name) && !/var\(|light-dark/.test(value);
  for (const { name, value } of tokens.filter(isFixed)) css = css.replaceAll(`var(${name})`, value);
  const short = new Map<string, string>();
  for (const { name } of tokens) {
    if (!css.includes(`var(${name})`)) css = css.replace(new RegExp(`${name}:[^;}]+;?`, 'g'), '');
    else if (name !== '--brand') short.set(name, short.get(name) ?? `--${short.size.toString(36)}`);
  }
  return css.replace(/--[\w-]+/g, (name) => short.get(name) ?? name);
}

/** The loader's styles travel without their line breaks. */
const oneLine: Plugin = {
  name: 'one-line',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('loader.ts') ? code.replace(/const STYLE = `[^`]*`/, (style) => style.replaceAll('\n', '')) : null),
};

/** The script that a customer's site includes: one file, no imports. */
function loader(): UserConfig {
  return {
    root: here,
    publicDir: false,
    plugins: [oneLine],
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
