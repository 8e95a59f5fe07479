// What programs and sites are let in with, for the page of the settings.

import type { Api, IdentityKeyShown, InboxKeys, Scope, TokenListed } from '../api';
import { type Notice, noticeOf } from './notice';

export class AccessModel {
  tokens: TokenListed[] | null = null;
  scopes: Scope[] = [];
  inboxes: InboxKeys[] | null = null;
  isUnreachable = false;
  isBusy = false;
  /** A token's secret, shown this once. */
  madeToken: string | null = null;
  /** A key's secret and whose it is, shown this once. */
  madeKey: (IdentityKeyShown & { inbox_id: string }) | null = null;
  notice: Notice | null = null;

  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  async load(): Promise<void> {
    try {
      const [{ tokens, scopes }, { inboxes }] = await Promise.all([this.#api.tokens(), this.#api.identityKeys()]);
      Object.assign(this, { tokens, scopes, inboxes, isUnreachable: false });
    } catch {
      this.isUnreachable = true;
    }
    this.#onChange();
  }

  makeToken(name: string, scopes: Scope[]): Promise<boolean> {
    return this.#act(async () => {
      this.madeToken = (await this.#api.addToken(name, scopes)).secret;
    });
  }

  revoke(id: string): Promise<boolean> {
    return this.#act(() => this.#api.revokeToken(id));
  }

  makeKey(inbox_id: string): Promise<boolean> {
    return this.#act(async () => {
      this.madeKey = { ...(await this.#api.addIdentityKey(inbox_id)), inbox_id };
    });
  }

  endKey(id: string, in_hours: number): Promise<boolean> {
    return this.#act(() => this.#api.endIdentityKey(id, in_hours));
  }

  removeKey(id: string): Promise<boolean> {
    return this.#act(() => this.#api.dropIdentityKey(id));
  }

  async #act(what: () => Promise<unknown>): Promise<boolean> {
    if (this.isBusy) return false;
    Object.assign(this, { isBusy: true, notice: null, madeToken: null, madeKey: null });
    this.#onChange();
    try {
      await what();
    } catch (error) {
      this.notice = noticeOf(error);
    }
    this.isBusy = false;
    await this.load();
    return this.notice === null;
  }
}

/** What a site's server does to sign who its user is, in a language of servers. */
export const SERVERS = ['Node', 'Python', 'PHP', 'Ruby'] as const;
export type Server = (typeof SERVERS)[number];

/**
 * A snippet that runs as it is once the key stands in the environment: it needs nothing
 * but what comes with the language.
 */
export function snippet(server: Server, site_key: string, kid: string): string {
  switch (server) {
    case 'Node':
      return `import { createHmac } from 'node:crypto';

export function segueIdentity(user) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const head = part({ alg: 'HS256', typ: 'JWT', kid: '${kid}' });
  const body = part({ aud: '${site_key}', sub: String(user.id), iat: now, exp: now + 3600, name: user.name, email: user.email });
  const signature = createHmac('sha256', process.env.SEGUE_IDENTITY_KEY).update(head + '.' + body).digest('base64url');
  return head + '.' + body + '.' + signature;
}`;
    case 'Python':
      return `import base64, hashlib, hmac, json, os, time

def segue_identity(user):
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")
    now = int(time.time())
    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "${kid}"}).encode())
    body = part(json.dumps({"aud": "${site_key}", "sub": str(user["id"]), "iat": now, "exp": now + 3600,
                            "name": user["name"], "email": user["email"]}).encode())
    key = os.environ["SEGUE_IDENTITY_KEY"].encode()
    signature = part(hmac.new(key, head + b"." + body, hashlib.sha256).digest())
    return (head + b"." + body + b"." + signature).decode()`;
    case 'PHP':
      return `<?php
function segue_identity(array $user): string {
    $part = fn(string $value) => rtrim(strtr(base64_encode($value), '+/', '-_'), '=');
    $now = time();
    $head = $part(json_encode(['alg' => 'HS256', 'typ' => 'JWT', 'kid' => '${kid}']));
    $body = $part(json_encode(['aud' => '${site_key}', 'sub' => (string) $user['id'], 'iat' => $now, 'exp' => $now + 3600,
        'name' => $user['name'], 'email' => $user['email']]));
    $signature = $part(hash_hmac('sha256', "$head.$body", getenv('SEGUE_IDENTITY_KEY'), true));
    return "$head.$body.$signature";
}`;
    case 'Ruby':
      return `require 'base64'
require 'json'
require 'openssl'

def segue_identity(user)
  part = ->(value) { Base64.urlsafe_encode64(value, padding: false) }
  now = Time.now.to_i
  head = part.call({ alg: 'HS256', typ: 'JWT', kid: '${kid}' }.to_json)
  body = part.call({ aud: '${site_key}', sub: user[:id].to_s, iat: now, exp: now + 3600,
                     name: user[:name], email: user[:email] }.to_json)
  signature = part.call(OpenSSL::HMAC.digest('sha256', ENV.fetch('SEGUE_IDENTITY_KEY'), "#{head}.#{body}"))
  "#{head}.#{body}.#{signature}"
end`;
  }
}
