// @ts-check
// All that a browser test imports: a Segue of its own, a page in a real browser, a site of
// another origin, a mail server.

export { axeCheck, openPage, PHONE, screenshot } from './harness/browser.mjs';
export { freshDatabase, withoutPostgres } from './harness/database.mjs';
export { mailServer } from './harness/mail.mjs';
export { findBinary, startSegue } from './harness/segue.mjs';
export { serveSite } from './harness/site.mjs';
