// Who else is told what happens, for the page on which that is said, with what became of it.

import type { Api, DeliveryShown, Topic, WebhookSetting, WebhookShown, WebhookTried } from '../api';
import { EditedList } from './editedList';

export interface WebhookDraft extends WebhookSetting {
  id: string | null;
  is_on: boolean;
  shares: 'facts' | 'words';
}

export class WebhooksModel extends EditedList<WebhookShown, WebhookDraft> {
  webhooks: WebhookShown[] | null = null;
  topics: Topic[] = [];
  /** A secret that was just made, and whose: it is shown this once. */
  made: { id: string; secret: string } | null = null;
  /** How the last test went, and whose it was. */
  tried: { id: string; outcome: WebhookTried } | null = null;
  /** What was sent to the webhook whose log is open. */
  log: { id: string; deliveries: DeliveryShown[] } | null = null;
  /** What is sent again, as `conversation seq`. */
  again: string | null = null;

  readonly #api: Api;

  constructor(api: Api, onChange: () => void) {
    super(onChange);
    this.#api = api;
  }

  protected override async fetch(): Promise<void> {
    const { webhooks, topics } = await this.#api.webhooks();
    Object.assign(this, { webhooks, topics });
  }

  override begin(webhook: WebhookShown | null): void {
    this.made = null;
    const { id = null, name = '', url = 'https://', topics = [], shares = 'facts', state = 'on' } = webhook ?? {};
    this.write({ id, name, url, topics: webhook ? [...topics] : [...this.topics], shares, is_on: state === 'on' });
  }

  hear(topic: Topic, isHeard: boolean): void {
    const { draft } = this;
    if (!draft) return;
    const others = draft.topics.filter((one) => one !== topic);
    this.change({ topics: isHeard ? [...others, topic] : others });
  }

  override async save(): Promise<void> {
    if (!this.draft) return;
    const { id, ...given } = this.draft;
    await this.keep(async () => {
      if (id) return this.#api.changeWebhook(id, given);
      const { webhook, secret } = await this.#api.addWebhook(given);
      this.made = { id: webhook.id, secret };
    });
  }

  async remove(id: string): Promise<void> {
    await this.carryOut(async () => {
      await this.#api.removeWebhook(id);
      Object.assign(this, { log: null, made: null });
    });
  }

  async renewSecret(id: string): Promise<void> {
    await this.act(async () => {
      const { secret } = await this.#api.renewWebhookSecret(id);
      this.made = { id, secret };
      await this.fetch();
    });
  }

  async try(id: string): Promise<void> {
    this.tried = null;
    await this.act(async () => {
      this.tried = { id, outcome: await this.#api.tryWebhook(id) };
    });
  }

  /** Opens the log, or closes it where it is open. */
  async toggleLog(id: string): Promise<void> {
    if (this.log?.id === id) {
      this.log = null;
      this.onChange();
      return;
    }
    await this.act(() => this.#read(id));
  }

  async sendAgain(id: string, { conversation_id, seq }: DeliveryShown): Promise<void> {
    await this.act(async () => {
      await this.#api.tellAgain(id, { conversation_id, seq });
      this.again = `${conversation_id} ${seq}`;
    });
  }

  async refreshLog(id: string): Promise<void> {
    this.again = null;
    await this.act(() => this.#read(id));
  }

  async #read(id: string): Promise<void> {
    this.log = { id, deliveries: (await this.#api.deliveries(id)).deliveries };
  }
}
