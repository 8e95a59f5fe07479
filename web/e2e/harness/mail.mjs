// @ts-check
// A mail server on loopback.

import { createServer } from 'node:net';

/**
 * A mail server that takes every mail and keeps it.
 *
 * @param {import('node:test').TestContext} t
 */
export async function mailServer(t) {
  /** @type {string[]} */
  const mails = [];
  const server = createServer((socket) => {
    let data = '';
    let isBody = false;
    socket.write('220 mail.test\r\n');
    socket.on('data', (bytes) => {
      data += bytes;
      for (let end = data.indexOf(isBody ? '\r\n.\r\n' : '\r\n'); end >= 0; end = data.indexOf(isBody ? '\r\n.\r\n' : '\r\n')) {
        const said = data.slice(0, end);
        data = data.slice(end + (isBody ? 5 : 2));
        if (isBody) {
          mails.push(said);
          isBody = false;
          socket.write('250 kept\r\n');
        } else if (/^DATA/i.test(said)) {
          isBody = true;
          socket.write('354 go on\r\n');
        } else if (/^QUIT/i.test(said)) socket.end('221 bye\r\n');
        else socket.write('250 mail.test\r\n');
      }
    });
    socket.on('error', () => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  t.after(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { mails, port, url: `smtp://127.0.0.1:${port}` };
}
