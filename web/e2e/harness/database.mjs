// @ts-check
// A PostgreSQL database for one test, on the server that scripts/with-postgres starts.

import { execFileSync } from 'node:child_process';

const server = process.env.SEGUE_TEST_POSTGRES;
let made = 0;

/** As a test's `skip`: why it cannot run here, or false. */
export const withoutPostgres = server ? false : 'SEGUE_TEST_POSTGRES is not set; run this through scripts/with-postgres';

/** Makes an empty database; its URL. */
export function freshDatabase() {
  const name = `e2e_${process.pid}_${made++}`;
  execFileSync('psql', [`${server}`, '-qc', `create database ${name}`]);
  return `${server}`.replace(/[^/]*$/, name);
}
