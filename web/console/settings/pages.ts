// The pages of the settings area, in the order of its side list. A new page is a file
// in this folder and a line here; its words are `settings_page_<name>` and what it says.

import type { FunctionComponent } from 'preact';
import type { Role } from '../api';
import type { Desk } from '../models/desk';
import { SnippetPage } from './Snippet';

export interface SettingsPage {
  /** In the address, `#/settings/<name>`, and in the words. */
  name: string;
  /** The least role that sees it; the server guards what it does all the same. */
  least: Role;
  Page: FunctionComponent<{ desk: Desk }>;
}

export const PAGES: readonly SettingsPage[] = [{ name: 'snippet', least: 'admin', Page: SnippetPage }];

/** What this agent sees of them. */
export function pagesFor(desk: Desk): SettingsPage[] {
  return PAGES.filter((page) => desk.isAtLeast(page.least));
}
