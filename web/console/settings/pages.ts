// The pages of the settings area, in the order of its side list. A new page is a file
// in this folder and a line here; its words are `settings_page_<name>` and what it says.

import type { FunctionComponent } from 'preact';
import type { Role } from '../api';
import type { Desk } from '../models/desk';
import { AccessPage } from './Access';
import { AccountPage } from './Account';
import { ArticlesPage } from './Articles';
import { AuditPage } from './Audit';
import { CannedPage } from './Canned';
import { CompanyPage } from './Company';
import { ContextPage } from './Context';
import { HoursPage } from './Hours';
import { InboxesPage } from './Inboxes';
import { MailPage } from './Mail';
import { PeoplePage } from './People';
import { RetentionPage } from './Retention';
import { SnippetPage } from './Snippet';
import { StartPage } from './Start';
import { TeamsPage } from './Teams';
import { TrialPage } from './Trial';
import { WebhooksPage } from './Webhooks';

export interface SettingsPage {
  /** In the address, `#/settings/<name>`, and in the words. */
  name: string;
  /** The least role that sees it; the server guards what it does all the same. */
  least: Role;
  Page: FunctionComponent<{ desk: Desk; query: string }>;
}

export const PAGES: readonly SettingsPage[] = [
  { name: 'start', least: 'admin', Page: StartPage },
  { name: 'company', least: 'admin', Page: CompanyPage },
  { name: 'articles', least: 'lead', Page: ArticlesPage },
  { name: 'try', least: 'lead', Page: TrialPage },
  { name: 'inboxes', least: 'admin', Page: InboxesPage },
  { name: 'hours', least: 'admin', Page: HoursPage },
  { name: 'mail', least: 'admin', Page: MailPage },
  { name: 'context', least: 'admin', Page: ContextPage },
  { name: 'snippet', least: 'admin', Page: SnippetPage },
  { name: 'people', least: 'admin', Page: PeoplePage },
  { name: 'teams', least: 'admin', Page: TeamsPage },
  { name: 'replies', least: 'agent', Page: CannedPage },
  { name: 'audit', least: 'admin', Page: AuditPage },
  { name: 'retention', least: 'admin', Page: RetentionPage },
  { name: 'access', least: 'admin', Page: AccessPage },
  { name: 'webhooks', least: 'admin', Page: WebhooksPage },
  { name: 'account', least: 'agent', Page: AccountPage },
];

/** What this agent sees of them. */
export function pagesFor(desk: Desk): SettingsPage[] {
  return PAGES.filter((page) => desk.isAtLeast(page.least));
}
