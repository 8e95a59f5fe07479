// @ts-check
// Starts the real binary on a data folder of its own, kills it as a power cut would,
// and starts it again on the same folder.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seeOff } from './guests.mjs';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
/** How much of what the server printed is kept, to be shown when it fails. */
const KEPT_CHARACTERS = 64_000;

/**
 * @typedef {object} SegueOptions
 * @property {'demo' | 'serve'} [command] `demo` if not said
 * @property {string[]} [args] more arguments, after `--listen` and the database
 * @property {Record<string, string>} [env] added to this process's environment
 * @property {string} [database] a PostgreSQL URL, instead of a data folder
 * @property {string} [binary] the binary, instead of `SEGUE_BIN` or the newest build found
 */

/**
 * Starts Segue and waits until it is ready. It is killed, and its data removed, when
 * the test ends.
 *
 * @param {import('node:test').TestContext} t
 * @param {SegueOptions} [options]
 */
export async function startSegue(t, options = {}) {
  const data = options.database ? null : await mkdtemp(join(tmpdir(), 'segue-e2e-'));
  const segue = new Segue(options, data, await freePort());
  t.after(async () => {
    try {
      await seeOff(t);
    } finally {
      await segue.kill();
      if (data) await rm(data, { recursive: true, force: true });
    }
  });
  await segue.start();
  return segue;
}

export class Segue {
  /** @type {import('node:child_process').ChildProcess | null} */
  #process = null;
  /** What the server has printed, newest last; over all its starts. */
  output = '';

  /**
   * @param {SegueOptions} options
   * @param {string | null} data
   * @param {number} port
   */
  constructor(options, data, port) {
    this.options = options;
    this.data = data;
    /** Where it listens, without a slash at the end. It stays the same over restarts. */
    this.url = `http://127.0.0.1:${port}`;
    this.listen = `127.0.0.1:${port}`;
  }

  /** Starts it and waits for `/health/ready`. */
  async start() {
    const { command = 'demo', args = [], env = {}, database, binary = findBinary() } = this.options;
    const store = database ? ['--database', database] : ['--data', this.data ?? ''];
    const child = spawn(binary, [command, '--listen', this.listen, ...store, ...args], {
      // Flows are told the same whether the sentence model could be fetched or not.
      env: { ...process.env, SEGUE_MODEL: 'none', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    /** @type {Error | null} */
    let failure = null;
    child.on('error', (error) => (failure = error));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        this.output = (this.output + text).slice(-KEPT_CHARACTERS);
      });
    }

    await until(START_LIMIT_MS, () => this.#say('was not ready in time'), async () => {
      if (failure) throw new Error(`could not start ${binary}: ${failure.message}`);
      if (child.exitCode !== null) throw new Error(this.#say(`ended with ${child.exitCode}`));
      const answer = await fetch(`${this.url}/health/ready`).catch(() => null);
      return answer?.ok ?? false;
    });
  }

  /** Ends it at once, as a power cut would; nothing is flushed. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Asks it to stop, and waits until it has. Returns its exit status. */
  async stop() {
    return this.#end('SIGTERM');
  }

  /** Kills it and starts it on the same data and the same address. */
  async restart() {
    await this.kill();
    await this.start();
  }

  /**
   * Waits until the server has printed something, and returns the match: the link for
   * a first sign-in, say.
   *
   * @param {RegExp} pattern
   */
  async printed(pattern) {
    /** @type {RegExpExecArray | null} */
    let match = null;
    await until(START_LIMIT_MS, () => this.#say(`did not print ${pattern}`), async () => {
      match = pattern.exec(this.output);
      return match !== null;
    });
    return /** @type {RegExpExecArray} */ (/** @type {unknown} */ (match));
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const child = this.#process;
    this.#process = null;
    if (!child || child.pid === undefined) return null;
    const ended = () => child.exitCode !== null || child.signalCode !== null;
    if (!ended()) child.kill(signal);
    try {
      await until(STOP_LIMIT_MS, () => this.#say(`did not heed ${signal}`), async () => ended());
    } finally {
      if (!ended()) child.kill('SIGKILL');
    }
    return child.exitCode;
  }

  /** @param {string} what */
  #say(what) {
    return `segue ${what}; it printed:\n${this.output.slice(-4000) || '(nothing)'}`;
  }
}

export function findBinary() {
  if (process.env.SEGUE_BIN) return process.env.SEGUE_BIN;
  const target = new URL('../../../target/', import.meta.url);
  const builds = ['release', 'demo', 'debug'].map((name) => fileURLToPath(new URL(`${name}/segue`, target)));
  const found = builds.find((path) => existsSync(path));
  if (!found) throw new Error('no segue binary: run `cargo build --release`, or set SEGUE_BIN');
  return found;
}

/** A port that was free a moment ago. @returns {Promise<number>} */
async function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Looks again and again until `done`; there is nobody who would tell us.
 *
 * @param {number} limit_ms
 * @param {() => string} complaint
 * @param {() => Promise<boolean>} done
 */
async function until(limit_ms, complaint, done) {
  const end = Date.now() + limit_ms;
  while (!(await done())) {
    if (Date.now() > end) throw new Error(complaint());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
