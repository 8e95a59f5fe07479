// The whole console: which page, what is above it, and where the focus goes.

import { useLayoutEffect } from 'preact/hooks';
import { Conversation } from './Conversation';
import { Dialogs } from './Dialogs';
import { Invitations } from './Invitations';
import { Rail } from './Rail';
import { SearchPage } from './Search';
import { ByLink, Forgot, SetUp, SignIn, Unreachable } from './SignIn';
import { WhyPage } from './Why';
import { Empty, Key } from './bits';
import { ContactsArea } from './contacts/Find';
import { holesOf } from './models/canned';
import { LabArea } from './lab/Lab';
import { MeasuresPage } from './measures/Page';
import type { Desk } from './models/desk';
import type { Wish } from './models/host';
import type { Settings } from './models/settings';
import { SettingsArea } from './settings/Area';
import { say } from './words';

interface Props {
  desk: Desk;
  settings: Settings;
}

export function App({ desk, settings }: Props) {
  const { way } = desk;
  switch (way.kind) {
    case 'starting':
      return <main class="door" aria-busy="true" aria-label={say('loading')} />;
    case 'unreachable':
      return <Unreachable desk={desk} />;
    case 'sign_in':
      return <SignIn desk={desk} way={way} />;
    case 'set_up':
      return <SetUp desk={desk} way={way} />;
    case 'forgot':
      return <Forgot desk={desk} way={way} />;
    case 'join':
    case 'renew':
      return <ByLink desk={desk} way={way} />;
    case 'inside':
      return <Inside desk={desk} settings={settings} />;
  }
}

/** Where a wish for focus is fulfilled. */
const FOCUS: Record<Wish['place'], string> = {
  composer: 'composer',
  hole: 'composer',
  package: 'package',
  transcript: 'transcript',
  search: 'search',
  find: 'find',
};

function Inside({ desk, settings }: Props) {
  const { wish } = desk;
  // At once: the next key may follow within a few milliseconds.
  useLayoutEffect(() => {
    if (!wish) return;
    const target = document.getElementById(FOCUS[wish.place]);
    target?.focus({ preventScroll: wish.place === 'transcript' });
    if (!(target instanceof HTMLTextAreaElement)) return;
    // What is still to be filled in is marked, ready to be written over.
    const [hole] = wish.place === 'hole' ? holesOf(target.value) : [];
    target.setSelectionRange(hole?.start ?? target.value.length, hole?.end ?? target.value.length);
  }, [wish?.number]);
  return (
    <div class={`inside at-${desk.place.kind}`}>
      <Rail desk={desk} />
      <div class="stage">
        <Invitations desk={desk} />
        <Notices desk={desk} />
        <main>
          <Place desk={desk} />
        </main>
      </div>
      <Dialogs desk={desk} settings={settings} />
    </div>
  );
}

/** What went wrong or changed without the agent's doing. */
function Notices({ desk }: { desk: Desk }) {
  const { notice } = desk;
  return (
    <>
      <div role="status">{desk.lost && <p class="notice warn">{say('reconnecting')}</p>}</div>
      <div role={notice?.tone === 'info' ? 'status' : 'alert'}>
        {notice && (
          <p class={`notice ${notice.tone}`}>
            <span>{notice.text ?? say(notice.key, notice.values)}</span>
            {notice.undo && (
              <button type="button" class="link" onClick={notice.undo}>
                {say('undo_deed')}
              </button>
            )}
            <button type="button" class="link" onClick={() => desk.set({ notice: null })}>
              {say('dismiss')}
            </button>
          </p>
        )}
      </div>
    </>
  );
}

function Place({ desk }: { desk: Desk }) {
  const { place } = desk;
  switch (place.kind) {
    case 'measures':
      return desk.isLead ? <MeasuresPage desk={desk} rest={place.rest} /> : <Forbidden />;
    case 'lab':
      return desk.isLead ? <LabArea desk={desk} page={place.page} id={place.id} /> : <Forbidden />;
    case 'contacts':
      return desk.isLead ? <ContactsArea desk={desk} id={place.id} query={place.query} /> : <Forbidden />;
    case 'settings':
      return <SettingsArea desk={desk} name={place.page} query={place.query ?? ''} />;
    case 'why':
      return <WhyPage desk={desk} id={place.id} />;
    case 'search':
      return <SearchPage desk={desk} />;
    case 'talk':
      if (desk.talks.missing === place.id) {
        return (
          <Empty title={say('missing_title')}>
            <p>{say('missing_words')}</p>
            <a href="#/">{say('back')}</a>
          </Empty>
        );
      }
      return desk.open?.detail ? <Conversation desk={desk} talk={desk.open} /> : <p class="empty quiet">{say('loading')}</p>;
    case 'floor':
      return <Floor desk={desk} />;
  }
}

function Forbidden() {
  return (
    <Empty title={say('forbidden_title')}>
      <p>{say('refused_forbidden')}</p>
      <a href="#/">{say('back')}</a>
    </Empty>
  );
}

function Floor({ desk }: { desk: Desk }) {
  const { floor } = desk.shift;
  if (!floor) return <p class="empty quiet">{say('loading')}</p>;
  const isOnline = floor.me.presence === 'online';
  return (
    <Empty title={say('empty_title')}>
      <p>{isOnline ? say('empty_online') : say('empty_offline')}</p>
      {isOnline ? (
        <p class="quiet">
          <Key name="j" /> <Key name="k" /> {say('key_step')} · <Key name="?" /> {say('keys_title')}
        </p>
      ) : (
        <button type="button" class="primary" onClick={() => void desk.shift.setPresence('online')}>
          {say('go_online')}
        </button>
      )}
    </Empty>
  );
}
