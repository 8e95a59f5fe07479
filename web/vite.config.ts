// Three builds, one folder. `--mode widget` and `--mode console` each make a page
// with hashed assets below their own base; `--mode loader` makes the one file that
// a customer's site includes, whose name never changes.

import { resolve } from 'node:path';
import { defineConfig, type UserConfig } from 'vite';

const here = import.meta.dirname;
const dist = resolve(here, 'dist');

export default defineConfig(({ mode }): UserConfig => (mode === 'loader' ? loader() : page(mode)));

/** A page of its own, served under `/<name>/`. */
function page(name: string): UserConfig {
  return {
    root: resolve(here, name),
    base: `/${name}/`,
    publicDir: false,
    build: {
      outDir: resolve(dist, name),
      emptyOutDir: true,
      target: 'es2022',
      // light-dark() is kept as it is: lowering it doubles the colours.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      // A strict Content-Security-Policy refuses `data:`; every asset is a file.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
}

/** The script that a customer's site includes: one file, no imports. */
function loader(): UserConfig {
  return {
    root: here,
    publicDir: false,
    build: {
      outDir: dist,
      emptyOutDir: false,
      target: 'es2020',
      lib: {
        entry: resolve(here, 'widget/loader.ts'),
        name: 'SegueLoader',
        formats: ['iife'],
        fileName: () => 'widget.js',
      },
    },
  };
}
