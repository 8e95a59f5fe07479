// @ts-check
// A small web server in the test's own process: the customer's site that includes the
// widget, from an origin that is not Segue's.

import { createServer } from 'node:http';

/**
 * Serves pages on a free loopback port until the test ends.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string | { body: string, type?: string }>} pages by path;
 *   a bare string is HTML
 * @param {Record<string, string>} [headers] sent with every page, a policy for example
 * @returns {Promise<string>} its URL, without a slash at the end
 */
export async function serveSite(t, pages, headers = {}) {
  const server = createServer((request, response) => {
    const page = pages[new URL(request.url ?? '/', 'http://site').pathname];
    if (page === undefined) return void response.writeHead(404).end();
    const { body, type = 'text/html' } = typeof page === 'string' ? { body: page } : page;
    response.writeHead(200, { ...headers, 'content-type': `${type}; charset=utf-8` }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}`;
}
