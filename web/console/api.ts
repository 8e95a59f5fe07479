// The console's side of the HTTP API: typed calls and refusals, nothing decided.

import type { components } from '../shared/api';
import type { Carrier } from '../shared/basket';
import { upload } from '../shared/upload';

/** The server writes every field of an answer, `null` where there is nothing. */
type Whole<T> = T extends (infer U)[] ? Whole<U>[] : T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;
type Shown<Name extends keyof components['schemas']> = Whole<components['schemas'][Name]>;

export type Presence = 'online' | 'away' | 'wrap_up' | 'offline';
export type LeftHow = Shown<'LeftHow'>;
export type Disposition = Shown<'Disposition'>;
export type Knowable = Shown<'Knowable'>;
export type HandBackBrief = Shown<'HandBackBrief'>;
export type SessionShown = Shown<'SessionShown'>;
export type SetupShown = Shown<'SetupShown'>;
export type Item = Shown<'Item'>;
export type Floor = Shown<'Floor'>;
export type QueueTooLong = Floor['shortages'][number];
export type Package = Shown<'Package'>;
export type Fault = Shown<'Fault'>;
export type ReplyChecked = Shown<'ReplyChecked'>;
export type Warned = Shown<'Warned'>;
/** What is absent in an event is left out, so these fields may be missing. */
export type Event = components['schemas']['Event'];
export type MessageAdded = Extract<Event, { kind: 'message_added' }>;
export type MailHead = components['schemas']['MailHead'];
export type Detail = Omit<Shown<'Detail'>, 'events'> & { events: Event[] };
export type Csat = Shown<'Csat'>;
export type Measures = Shown<'Measures'>;
export type Share = Shown<'Share'>;
export type Compared = Shown<'Compared'>;
export type DayFigures = Shown<'DayFigures'>;
export type Part = Measures['topics'][number];
export type Load = Shown<'Load'>;
export type Product = Shown<'Product'>;
export type Again = Shown<'Again'>;
export type Repetition = BehindPage['conversations'][number]['evidence'][number];
export type Gaps = Shown<'Gaps'>;
export type GapFound = Gaps['gaps'][number];
export type GapShown = Gaps['drafts'][number];
export type GapTried = Shown<'GapTried'>;
export type DraftBegun = Shown<'DraftBegun'>;
export type Behind = components['schemas']['Behind'];
export type BehindPage = Shown<'BehindPage'>;
export type ArticleListed = Shown<'ArticleListed'>;
export type Imported = Shown<'Imported'>;
export type ArticleWhole = Shown<'ArticleWhole'>;
export type ArticleText = { title: string; tags: string[]; text: string };
export type FirstSteps = Shown<'FirstSteps'>;
export type CompanyShown = Shown<'CompanyShown'>;
export type RetentionShown = Shown<'RetentionShown'>;
export type HoursShown = Shown<'Hours'>;
export type HoursNow = Shown<'HoursNow'>;
export type ContactFound = Shown<'ContactFound'>;
export type ContactWhole = Shown<'ContactWhole'>;
export type InboxListed = Shown<'InboxListed'>;
export type InboxHoursShown = Shown<'InboxHoursShown'>;
export type MailShown = Shown<'MailShown'>;
export type MailServerShown = Shown<'MailServerShown'>;
export type MailTested = Shown<'MailTested'>;
export type MailboxPage = Shown<'MailboxPage'>;
export type MailboxShown = Shown<'MailboxShown'>;
export type MailboxSetting = components['schemas']['MailboxSetting'];
export type MailboxTested = Shown<'MailboxTested'>;
export type InboxLookUp = Shown<'InboxLookUp'>;
export type LookUpShown = Shown<'LookUpShown'>;
export type LookUpSetting = components['schemas']['LookUpSetting'];
export type LookUpTried = Shown<'LookUpTried'>;
export type WebhookShown = Shown<'WebhookShown'>;
export type WebhookSetting = components['schemas']['WebhookSetting'];
export type WebhookMade = Shown<'WebhookMade'>;
export type WebhookTried = Shown<'WebhookTried'>;
export type DeliveryShown = Shown<'DeliveryShown'>;
export type Topic = components['schemas']['Topic'];
export type SimilarShown = Shown<'SimilarShown'>;
export type Provenance = components['schemas']['Provenance'];
export type Tone = Shown<'Tone'>;
export type TrialShown = Shown<'TrialShown'>;
export type PolicyShown = Shown<'PolicyShown'>;
export type VersionShown = Shown<'VersionShown'>;
export type DraftChecked = Shown<'DraftChecked'>;
export type HowTried = Shown<'HowTried'>;
export type TrialListed = Shown<'TrialListed'>;
export type TrialWhole = Shown<'TrialWhole'>;
export type TrialReport = Shown<'Report'>;
export type TrialRate = Shown<'Rate'>;
export type TrialExample = Shown<'Example'>;
export type TrialEffects = Shown<'Effects'>;
export type VerdictsShown = Shown<'VerdictsShown'>;
export type Sent = Shown<'Sent'>;
export type AuditEntry = Shown<'AuditShown'>;
export type DecisionShown = Shown<'DecisionShown'>;
export type Decision = DecisionShown['decision'];
export type Action = Decision['action'];
export type People = Shown<'People'>;
export type AgentListed = Shown<'AgentListed'>;
export type Teams = Shown<'Teams'>;
export type TeamShown = Shown<'TeamShown'>;
export type TeamChange = { name: string; members: string[]; overflow_to: string | null; overflow_minutes: number | null };
export type Routing = Shown<'RoutingShown'>;
export type AgentChange = { role?: Role; capacity?: number; skills?: string[]; languages?: string[]; active?: boolean };
export type LinkShown = Shown<'LinkShown'>;
export type LinkOpened = Shown<'LinkOpened'>;
export type Scope = Shown<'Scope'>;
export type TokenListed = Shown<'TokenListed'>;
export type TokenShown = Shown<'TokenShown'>;
export type InboxKeys = Shown<'InboxKeys'>;
export type IdentityKeyShown = Shown<'IdentityKeyShown'>;
export type SessionListed = Shown<'SessionListed'>;

export type Found = Shown<'FoundItem'>;
export type CannedPage = Shown<'CannedReplies'>;
export type CannedReply = Shown<'CannedReplyShown'>;
export type CannedChange = Pick<CannedReply, 'name' | 'text' | 'shared_with' | 'team_id'>;
export type HelpfulArticle = Shown<'HelpfulArticle'>;

export type Role = Shown<'AgentRole'>;
/** The least first. */
export const ROLES: readonly Role[] = ['agent', 'lead', 'admin'];

/** The server said no, or was not reached (`status` 0). */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** The part of `fetch` that is used. */
export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/** Where a file of a conversation is shown and downloaded. */
export function fileAddress(conversation_id: string, file_id: string): string {
  return `/api/console/conversations/${conversation_id}/files/${file_id}`;
}

export class Api {
  /** Sent with every write. */
  csrf = '';

  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  session(): Promise<SessionShown> {
    return this.#call('GET', 'session');
  }

  signIn(given: { email: string; password: string }): Promise<SessionShown> {
    return this.#call('POST', 'session', given);
  }

  signOut(): Promise<void> {
    return this.#call('DELETE', 'session');
  }

  setupLink(token: string): Promise<SetupShown> {
    return this.#call('GET', `setup?token=${encodeURIComponent(token)}`);
  }

  setUp(given: { token: string; company: string; name: string; email: string; password: string }): Promise<SessionShown> {
    return this.#call('POST', 'setup', given);
  }

  setPresence(presence: Presence): Promise<Floor['me']> {
    return this.#call('POST', 'presence', { presence });
  }

  /** Goes offline, and says what becomes of each conversation (P45). */
  goOffline(leave: LeftHow[]): Promise<Floor['me']> {
    return this.#call('POST', 'presence', { presence: 'offline', leave });
  }

  release(id: string, given: Omit<LeftHow, 'conversation_id'> & { epoch: number }): Promise<Detail['view']> {
    return this.#call('POST', `conversations/${id}/release`, given);
  }

  findContacts(wanted: { q: string; before: string }): Promise<Shown<'ContactsFound'>> {
    return this.#call('GET', `contacts${questionOf(wanted)}`);
  }

  contact(id: string): Promise<ContactWhole> {
    return this.#call('GET', `contacts/${id}`);
  }

  erase(contact_id: string): Promise<{ conversations: number }> {
    return this.#call('DELETE', `contacts/${contact_id}`);
  }

  floor(): Promise<Floor> {
    return this.#call('GET', 'floor');
  }

  /** Passes a conversation on with what the next one must know. */
  transfer(id: string, given: { epoch: number; agent_id: string | null; team_id: string | null; note: string }): Promise<Detail['view']> {
    return this.#call('POST', `conversations/${id}/transfer`, given);
  }

  /** Gives it back to the assistant with what it must know. */
  handBack(id: string, given: { epoch: number; brief: HandBackBrief }): Promise<Detail['view']> {
    return this.#call('POST', `conversations/${id}/hand-back`, given);
  }

  /** Takes it from the assistant or a colleague, or back after its end. */
  takeOver(id: string, epoch: number): Promise<Detail> {
    return this.#call('POST', `conversations/${id}/take-over`, { epoch });
  }

  /** One of the lists; `before` is the `next_before` of the page before. */
  list(view: string, before: string | null): Promise<Shown<'Items'>> {
    return this.#call('GET', `conversations?view=${view}${before ? `&before=${encodeURIComponent(before)}` : ''}`);
  }

  /** `parameters` as in an address. */
  search(parameters: string): Promise<Shown<'FoundItems'>> {
    return this.#call('GET', `search${parameters && `?${parameters}`}`);
  }

  /** Articles that fit a conversation, or the words looked for. */
  helpfulArticles(id: string, q: string): Promise<Shown<'HelpfulArticles'>> {
    return this.#call('GET', `conversations/${id}/articles${q && `?q=${encodeURIComponent(q)}`}`);
  }

  cannedReplies(): Promise<CannedPage> {
    return this.#call('GET', 'canned-replies');
  }

  addCannedReply(given: CannedChange): Promise<CannedPage> {
    return this.#call('POST', 'canned-replies', given);
  }

  changeCannedReply(id: string, given: CannedChange): Promise<CannedPage> {
    return this.#call('PUT', `canned-replies/${id}`, given);
  }

  removeCannedReply(id: string): Promise<void> {
    return this.#call('DELETE', `canned-replies/${id}`);
  }

  detail(id: string): Promise<Detail> {
    return this.#call('GET', `conversations/${id}`);
  }

  /** Why the assistant did what it did, oldest first. */
  decisions(id: string): Promise<{ decisions: DecisionShown[] }> {
    return this.#call('GET', `conversations/${id}/decisions`);
  }

  accept(id: string, epoch: number): Promise<Detail> {
    return this.#call('POST', `conversations/${id}/accept`, { epoch });
  }

  decline(id: string): Promise<void> {
    return this.#call('POST', `conversations/${id}/decline`, {});
  }

  reply(id: string, given: { epoch: number; client_message_id: string; text: string; files: string[]; warned: Warned[] }): Promise<Sent> {
    return this.#call('POST', `conversations/${id}/reply`, given);
  }

  note(id: string, given: { client_message_id: string; text: string; files: string[] }): Promise<Sent> {
    return this.#call('POST', `conversations/${id}/note`, given);
  }

  /** Carries files into a conversation. */
  carrier(id: string): Carrier {
    const path = `/api/console/conversations/${id}/files`;
    return {
      send: (file, id, tell, cancel) => upload({ path, headers: { 'X-CSRF-Token': this.csrf }, file, id, tell, cancel }),
      remove: ({ id: file_id }) => this.#call('DELETE', `conversations/${id}/files/${file_id}`),
    };
  }

  /** What the guards say of a reply that is being written (P40, P42). */
  checkDraft(id: string, text: string): Promise<ReplyChecked> {
    return this.#call('POST', `conversations/${id}/draft-checks`, { text });
  }

  checkIntroduction(id: string, text: string): Promise<{ faults: Fault[] }> {
    return this.#call('POST', `conversations/${id}/introduction/check`, { text });
  }

  resolve(
    id: string,
    given: { epoch: number; disposition: Disposition; knowable: Knowable | null; note: string | null },
  ): Promise<Detail['view']> {
    return this.#call('POST', `conversations/${id}/resolve`, given);
  }

  measures(query: string): Promise<Measures> {
    return this.#call('GET', `measures?${query}`);
  }

  gaps(query: string): Promise<Gaps> {
    return this.#call('GET', `gaps?${query}`);
  }

  draftGap(wanted: { question: string; questions: GapFound['questions'] }): Promise<GapTried> {
    return this.#call('POST', 'gaps/drafts', wanted);
  }

  /** Drafts an article from what agents said in one conversation. */
  draftFrom(id: string): Promise<DraftBegun> {
    return this.#call('POST', `conversations/${id}/article-draft`, {});
  }

  changeGap(written: { id: string; article: ArticleText }): Promise<GapTried> {
    return this.#call('PUT', 'gaps/drafts', written);
  }

  approveGap(written: { id: string; article: ArticleText }): Promise<GapTried> {
    return this.#call('POST', 'gaps/drafts/approve', written);
  }

  dropGap(id: string): Promise<void> {
    return this.#call('POST', 'gaps/drafts/drop', { id });
  }

  product(query: string): Promise<Product> {
    return this.#call('GET', `measures/product?${query}`);
  }

  load(query: string): Promise<Load> {
    return this.#call('GET', `measures/load?${query}`);
  }

  behind(query: string): Promise<BehindPage> {
    return this.#call('GET', `measures/behind?${query}`);
  }

  /** Who did what, newest first; what is empty does not narrow it down. */
  audit(wanted: Record<string, string>): Promise<Shown<'AuditLog'>> {
    return this.#call('GET', `audit${questionOf(wanted)}`);
  }

  articles(): Promise<{ articles: ArticleListed[] }> {
    return this.#call('GET', 'articles');
  }

  /** `bytes` is Base64, for what is not UTF-8. */
  importArticles(files: { name: string; text?: string; bytes?: string }[]): Promise<Imported> {
    return this.#call('POST', 'articles', { files });
  }

  importAddresses(addresses: string[]): Promise<{ imported: Imported; more: string[] }> {
    return this.#call('POST', 'articles/addresses', { addresses });
  }

  article(id: string): Promise<ArticleWhole> {
    return this.#call('GET', `articles/${id}`);
  }

  writeArticle(article: ArticleText): Promise<ArticleWhole> {
    return this.#call('POST', 'articles/written', article);
  }

  /** `seen` is the `updated_at` of the article that was changed. */
  editArticle(id: string, seen: string, article: ArticleText): Promise<ArticleWhole> {
    return this.#call('PUT', `articles/${id}`, { seen, article });
  }

  deleteArticle(id: string): Promise<void> {
    return this.#call('DELETE', `articles/${id}`);
  }

  restoreArticle(id: string): Promise<void> {
    return this.#call('POST', `articles/${id}/restore`, {});
  }

  firstSteps(): Promise<FirstSteps> {
    return this.#call('GET', 'first-steps');
  }

  dismissFirstSteps(is_dismissed: boolean): Promise<void> {
    return this.#call('PUT', 'first-steps', { is_dismissed });
  }

  goLive(): Promise<void> {
    return this.#call('POST', 'first-steps/live', {});
  }

  company(language: string): Promise<CompanyShown> {
    return this.#call('GET', `company?language=${encodeURIComponent(language)}`);
  }

  setCompany(given: Omit<CompanyShown, 'disclosure'>): Promise<void> {
    return this.#call('PUT', 'company', given);
  }

  /** With how many conversations it would be, by so many days. */
  retention(days: number | null): Promise<RetentionShown> {
    return this.#call('GET', days === null ? 'retention' : `retention?days=${days}`);
  }

  setRetention(days: number | null, confirmed: string): Promise<void> {
    return this.#call('PUT', 'retention', { days, confirmed });
  }

  inboxes(): Promise<{ inboxes: InboxListed[] }> {
    return this.#call('GET', 'inboxes');
  }

  addInbox(name: string): Promise<InboxListed> {
    return this.#call('POST', 'inboxes', { name });
  }

  changeInbox(id: string, change: { name?: string; is_closed?: boolean }): Promise<InboxListed> {
    return this.#call('PATCH', `inboxes/${id}`, change);
  }

  hours(): Promise<{ inboxes: InboxHoursShown[] }> {
    return this.#call('GET', 'hours');
  }

  previewHours(hours: HoursShown): Promise<HoursNow> {
    return this.#call('POST', 'hours/preview', hours);
  }

  setHours(inbox_id: string, hours: HoursShown): Promise<void> {
    return this.#call('PUT', `inboxes/${inbox_id}/hours`, hours);
  }

  mail(): Promise<MailShown> {
    return this.#call('GET', 'mail');
  }

  setMail(given: { host: string; port: number; security: string; user: string; password: string | null; from: string }): Promise<MailServerShown> {
    return this.#call('PUT', 'mail', given);
  }

  forgetMail(): Promise<void> {
    return this.#call('DELETE', 'mail');
  }

  testMail(language: string): Promise<MailTested> {
    return this.#call('POST', 'mail/test', { language });
  }

  mailbox(inbox_id: string): Promise<MailboxPage> {
    return this.#call('GET', `inboxes/${inbox_id}/mailbox`);
  }

  setMailbox(inbox_id: string, given: MailboxSetting): Promise<MailboxShown> {
    return this.#call('PUT', `inboxes/${inbox_id}/mailbox`, given);
  }

  forgetMailbox(inbox_id: string): Promise<void> {
    return this.#call('DELETE', `inboxes/${inbox_id}/mailbox`);
  }

  /** Tries what is kept, not what stands in a form. */
  testMailbox(inbox_id: string): Promise<MailboxTested> {
    return this.#call('POST', `inboxes/${inbox_id}/mailbox/test`, {});
  }

  makeHookSecret(inbox_id: string): Promise<{ secret: string }> {
    return this.#call('POST', `inboxes/${inbox_id}/mailbox/hook`, {});
  }

  /** Where each inbox looks customers up, and how it speaks. */
  lookUps(): Promise<{ inboxes: InboxLookUp[] }> {
    return this.#call('GET', 'look-ups');
  }

  setLookUp(inbox_id: string, given: LookUpSetting): Promise<LookUpShown> {
    return this.#call('PUT', `inboxes/${inbox_id}/look-up`, given);
  }

  forgetLookUp(inbox_id: string): Promise<void> {
    return this.#call('DELETE', `inboxes/${inbox_id}/look-up`);
  }

  /** Asks by what is kept; nothing of the answer is stored. */
  tryLookUp(inbox_id: string, given: { email: string; external_id: string }): Promise<LookUpTried> {
    return this.#call('POST', `inboxes/${inbox_id}/look-up/test`, given);
  }

  /** Who else is told what happens, and what there is to hear. */
  webhooks(): Promise<{ webhooks: WebhookShown[]; topics: Topic[] }> {
    return this.#call('GET', 'webhooks');
  }

  addWebhook(given: WebhookSetting): Promise<WebhookMade> {
    return this.#call('POST', 'webhooks', given);
  }

  changeWebhook(id: string, given: WebhookSetting): Promise<WebhookShown> {
    return this.#call('PUT', `webhooks/${id}`, given);
  }

  removeWebhook(id: string): Promise<void> {
    return this.#call('DELETE', `webhooks/${id}`);
  }

  renewWebhookSecret(id: string): Promise<WebhookMade> {
    return this.#call('POST', `webhooks/${id}/secret`, {});
  }

  /** Sends what means nothing, to see whether it is taken. */
  tryWebhook(id: string): Promise<WebhookTried> {
    return this.#call('POST', `webhooks/${id}/test`, {});
  }

  deliveries(id: string): Promise<{ deliveries: DeliveryShown[] }> {
    return this.#call('GET', `webhooks/${id}/deliveries`);
  }

  tellAgain(id: string, which: { conversation_id: string; seq: number }): Promise<void> {
    return this.#call('POST', `webhooks/${id}/deliveries/again`, which);
  }

  setTone(inbox_id: string, tone: Tone): Promise<void> {
    return this.#call('PUT', `inboxes/${inbox_id}/tone`, { tone });
  }

  /** Has the customer of a conversation looked up once more. */
  lookUpAgain(id: string): Promise<void> {
    return this.#call('POST', `conversations/${id}/look-up`, {});
  }

  /** What a customer would get; nothing of it is stored. */
  tryQuestion(given: object): Promise<TrialShown> {
    return this.#call('POST', 'try', given);
  }

  // The policy lab.

  policy(language: string): Promise<PolicyShown> {
    return this.#call('GET', `policy?language=${encodeURIComponent(language)}`);
  }

  /** What is to be said of a draft; nothing of it is kept. */
  checkPolicy(given: { text: string; language: string; against: number | null }): Promise<DraftChecked> {
    return this.#call('POST', 'policy/check', given);
  }

  policyVersion(version: number): Promise<{ version: VersionShown; text: string }> {
    return this.#call('GET', `policy/version?version=${version}`);
  }

  /** `seen` is the version that holds, as far as the writer knows. */
  switchPolicy(given: { text: string; note: string; seen: number }): Promise<{ version: number }> {
    return this.#call('PUT', 'policy', given);
  }

  rollBackPolicy(given: { to: number; note: string; seen: number }): Promise<{ version: number }> {
    return this.#call('POST', 'policy/roll-back', given);
  }

  verdicts(): Promise<VerdictsShown> {
    return this.#call('GET', 'policy/verdicts');
  }

  beginTrial(given: { kind: HowTried; text: string; note: string; last: number }): Promise<TrialWhole> {
    return this.#call('POST', 'trials', given);
  }

  trial(id: string): Promise<TrialWhole> {
    return this.#call('GET', `trials/${id}`);
  }

  endTrial(id: string): Promise<void> {
    return this.#call('DELETE', `trials/${id}`);
  }

  // Who may come in: links, people, tokens, keys and one's own sessions.

  openLink(token: string): Promise<LinkOpened> {
    return this.#call('POST', 'link', { token });
  }

  join(given: { token: string; name: string; password: string }): Promise<SessionShown> {
    return this.#call('POST', 'link/join', given);
  }

  renewPassword(given: { token: string; password: string }): Promise<SessionShown> {
    return this.#call('POST', 'link/password', given);
  }

  askReset(given: { email: string; language: string }): Promise<{ mails: boolean }> {
    return this.#call('POST', 'password-reset', given);
  }

  people(): Promise<People> {
    return this.#call('GET', 'agents');
  }

  addJoinLink(given: { email: string; role: Role; capacity: number; language: string }): Promise<LinkShown> {
    return this.#call('POST', 'join-links', given);
  }

  dropJoinLink(id: string): Promise<void> {
    return this.#call('DELETE', `join-links/${id}`);
  }

  changeAgent(id: string, change: AgentChange): Promise<AgentListed> {
    return this.#call('PATCH', `agents/${id}`, change);
  }

  addResetLink(id: string): Promise<LinkShown> {
    return this.#call('POST', `agents/${id}/reset-link`, {});
  }

  teams(): Promise<Teams> {
    return this.#call('GET', 'teams');
  }

  addTeam(team: TeamChange): Promise<Teams> {
    return this.#call('POST', 'teams', team);
  }

  changeTeam(id: string, team: TeamChange): Promise<Teams> {
    return this.#call('PUT', `teams/${id}`, team);
  }

  removeTeam(id: string): Promise<void> {
    return this.#call('DELETE', `teams/${id}`);
  }

  setRouting(routing: Routing): Promise<Routing> {
    return this.#call('PUT', 'routing', routing);
  }

  /** Which agent looks after a customer (P11). */
  setDedicated(contact_id: string, agent_id: string | null): Promise<void> {
    return this.#call('PUT', `contacts/${contact_id}/dedicated-agent`, { agent_id });
  }

  tokens(): Promise<{ tokens: TokenListed[]; scopes: Scope[] }> {
    return this.#call('GET', 'tokens');
  }

  addToken(name: string, scopes: Scope[]): Promise<TokenShown> {
    return this.#call('POST', 'tokens', { name, scopes });
  }

  revokeToken(id: string): Promise<void> {
    return this.#call('DELETE', `tokens/${id}`);
  }

  identityKeys(): Promise<{ inboxes: InboxKeys[] }> {
    return this.#call('GET', 'identity-keys');
  }

  addIdentityKey(inbox_id: string): Promise<IdentityKeyShown> {
    return this.#call('POST', 'identity-keys', { inbox_id });
  }

  endIdentityKey(id: string, in_hours: number): Promise<void> {
    return this.#call('PATCH', `identity-keys/${id}`, { in_hours });
  }

  dropIdentityKey(id: string): Promise<void> {
    return this.#call('DELETE', `identity-keys/${id}`);
  }

  sessions(): Promise<{ sessions: SessionListed[] }> {
    return this.#call('GET', 'sessions');
  }

  endSession(id: string): Promise<void> {
    return this.#call('DELETE', `sessions/${id}`);
  }

  endSessions(): Promise<void> {
    return this.#call('DELETE', 'sessions');
  }

  changePassword(current: string, password: string): Promise<SessionShown> {
    return this.#call('PUT', 'password', { current, password });
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = {};
    if (body) headers['Content-Type'] = 'application/json';
    if (method !== 'GET') headers['X-CSRF-Token'] = this.csrf;
    let answer: Response;
    try {
      // What an agent says gets through although the page is being closed.
      const keepalive = method === 'POST' && path.endsWith('/reply');
      answer = await this.#fetch(`/api/console/${path}`, { method, headers, body: body ? JSON.stringify(body) : null, keepalive });
    } catch {
      throw new Refusal(0, 'unreachable', '');
    }
    // A 202 may say something or nothing.
    if (answer.status === 204) return undefined as T;
    const said: unknown = await answer.json().catch(() => ({}));
    if (answer.ok) return said as T;
    const { code = '', detail = '' } = said as { code?: string; detail?: string };
    throw new Refusal(answer.status, code, detail);
  }
}

/** What is given, as an address says it. */
function questionOf(wanted: Record<string, string>): string {
  const given = Object.entries(wanted).filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : '';
}
