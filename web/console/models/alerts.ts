// When an agent is called: by which sound or notification, and when it stays silent. The
// bar, the lists and the title show everything in any case.

import type { Settings } from './settings';

export type Happening = 'invited' | 'written';

/** What of the moment matters. */
export interface Moment {
  presence: string | null;
  /** Whether an inbox has business hours now. */
  isOpen: boolean;
  /** The page is out of sight. */
  isHidden: boolean;
  /** The agent has the conversation before their eyes. */
  isRead: boolean;
}

export interface Call {
  sound: boolean;
  desktop: boolean;
}

const SILENCE: Call = { sound: false, desktop: false };

export function callFor(what: Happening, moment: Moment, settings: Settings): Call {
  if (moment.isRead) return SILENCE;
  // Who is away or has gone is not called: somebody else is asked, or the mail waits.
  if (moment.presence === 'offline' || (moment.presence === 'away' && !settings.whileAway)) return SILENCE;
  // An invitation comes only to who is online, whatever the clock says.
  if (what === 'written' && !moment.isOpen && !settings.outsideHours) return SILENCE;
  const [sound, desktop] = what === 'invited' ? [settings.sound, settings.desktop] : [settings.messageSound, settings.messageDesktop];
  return { sound, desktop: desktop && moment.isHidden };
}
