// What is asked or shown above the desk. The browser's own dialogs hold the focus and
// close at Escape.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { chime, mayNotify } from './alert';
import { HandBack, PassOn } from './Hands';
import type { Disposition, Knowable } from './api';
import { Key, nameOf } from './bits';
import type { Desk } from './models/desk';
import { KEY_GROUPS } from './models/keys';
import { DISPOSITIONS, type Way, waysFor } from './models/ways';
import { type Appearance, type Settings, UNDO_S } from './models/settings';
import { say } from './words';

interface Props {
  desk: Desk;
  settings: Settings;
}

export function Dialogs({ desk, settings }: Props) {
  switch (desk.dialog?.kind) {
    case 'resolve':
      return <Resolve desk={desk} id={desk.dialog.id} />;
    case 'leave':
      return <PassOn desk={desk} id={desk.dialog.id} />;
    case 'hand_back':
      return <HandBack desk={desk} id={desk.dialog.id} />;
    case 'offline':
      return <Offline desk={desk} />;
    case 'keys':
      return <Keys desk={desk} />;
    case 'settings':
      return <SettingsDialog desk={desk} settings={settings} />;
    default:
      return null;
  }
}

export function Dialog({ desk, title, children }: { desk: Desk; title: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next key comes: who types quickly means the dialog with it.
  useLayoutEffect(() => {
    const cameFrom = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (cameFrom instanceof HTMLElement) cameFrom.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={() => desk.set({ dialog: null })}
      onClick={(event) => {
        if (event.target === event.currentTarget) desk.set({ dialog: null });
      }}
    >
      <div class="dialog">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

export function Close({ desk, words = 'cancel' }: { desk: Desk; words?: string }) {
  return (
    <button type="button" onClick={() => desk.set({ dialog: null })}>
      {say(words)}
    </button>
  );
}

/** Whether the assistant could have known, with the key that says so. */
const KNOWABLE: [Knowable, string][] = [
  ['article_missing', 'm'],
  ['article_wrong', 'w'],
  ['no', 'x'],
];

function Resolve({ desk, id }: { desk: Desk; id: string }) {
  const [chosen, choose] = useState<Disposition>('solved');
  const [knowable, know] = useState<Knowable | null>(null);
  const [drafts, draftIt] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const draft = desk.writing.draft(id).reply.trim();
  return (
    <Dialog desk={desk} title={say('resolve_title')}>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          void desk.resolve(id, chosen, String(new FormData(event.currentTarget).get('note') ?? ''), knowable, drafts && knowable === 'article_missing');
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
          if (event.target instanceof HTMLTextAreaElement) return;
          const numbered = DISPOSITIONS[Number(event.key) - 1];
          if (numbered) choose(numbered);
          const [known] = KNOWABLE.find(([, key]) => key === event.key) ?? [];
          if (known) know(known);
          if (event.key === 'd' && knowable === 'article_missing') draftIt(!drafts);
        }}
      >
        {draft && <p class="notice warn">{say('resolve_draft')}</p>}
        <fieldset class="choices">
          <legend>{say('resolve_how')}</legend>
          {DISPOSITIONS.map((disposition, index) => (
            <label key={disposition}>
              <input
                type="radio"
                name="disposition"
                value={disposition}
                checked={chosen === disposition}
                autofocus={index === 0}
                onChange={() => choose(disposition)}
              />
              <span class="grow">{say(`disposition_${disposition}`)}</span>
              <Key name={String(index + 1)} />
            </label>
          ))}
        </fieldset>
        <fieldset class="choices across">
          <legend>{say('knowable_title')}</legend>
          {KNOWABLE.map(([one, key]) => (
            <label key={one}>
              <input type="radio" name="knowable" value={one} checked={knowable === one} onChange={() => know(one)} />
              {say(`knowable_${one}`)} <Key name={key} />
            </label>
          ))}
        </fieldset>
        {knowable === 'article_missing' && (
          <label class="choice">
            <input type="checkbox" checked={drafts} onChange={(event) => draftIt(event.currentTarget.checked)} />
            {say('resolve_drafts')} <Key name="d" />
          </label>
        )}
        <label for="resolve-note">{say('resolve_note')}</label>
        <textarea id="resolve-note" name="note" rows={2} />
        <div class="deeds">
          <button type="submit" class="primary">
            {say('resolve')} <Key name="Ctrl ⏎" />
          </button>
          <Close desk={desk} />
        </div>
      </form>
    </Dialog>
  );
}

/** Nobody goes offline leaving customers behind (P45). */
function Offline({ desk }: { desk: Desk }) {
  const [ways, choose] = useState(new Map<string, Way>());
  const { mine } = desk.shift;
  const chooseAll = (way: Way) => {
    const open = mine.filter((item) => waysFor(item, desk.shift.floor, desk.me).includes(way));
    choose(new Map([...ways, ...open.map((item): [string, Way] => [item.conversation_id, way])]));
  };
  return (
    <Dialog desk={desk} title={say('offline_title')}>
      <p>{say('offline_words')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          desk.set({ dialog: null });
          void desk.shift.goOffline(ways);
        }}
      >
        {mine.length > 1 && (
          <label class="way">
            {say('offline_all')}
            <Ways desk={desk} ways={commonWays(desk)} onChoose={chooseAll} />
          </label>
        )}
        <ul class="behind">
          {mine.map((item) => (
            <li key={item.conversation_id}>
              <a href={`#/conversations/${item.conversation_id}`} onClick={() => desk.set({ dialog: null })}>
                {nameOf(item)}
              </a>
              <span class="quiet" dir="auto">
                {item.subject}
              </span>
              <Ways
                desk={desk}
                label={say('leave_how')}
                ways={waysFor(item, desk.shift.floor, desk.me)}
                chosen={ways.get(item.conversation_id)}
                onChoose={(way) => choose(new Map([...ways, [item.conversation_id, way]]))}
              />
            </li>
          ))}
        </ul>
        <div class="deeds">
          <button
            type="button"
            class="primary"
            onClick={() => {
              desk.set({ dialog: null });
              void desk.shift.setPresence('away');
            }}
          >
            {say('offline_away')}
          </button>
          <button type="submit">{say('offline_go')}</button>
          <Close desk={desk} />
        </div>
      </form>
    </Dialog>
  );
}

/** What can be said of all of them at once; by e-mail only where every address is known. */
function commonWays({ shift, me }: Desk): Way[] {
  const [first, ...others] = shift.mine.map((item) => waysFor(item, shift.floor, me));
  return (first ?? []).filter((way) => others.every((ways) => ways.includes(way)));
}

interface WaysProps {
  desk: Desk;
  ways: Way[];
  label?: string;
  chosen?: Way | undefined;
  onChoose(way: Way): void;
}

export function Ways({ desk, ways, label, chosen, onChoose }: WaysProps) {
  const words = (way: Way) => {
    const [to, detail = ''] = way.split(' ');
    const { agents = [], pass_to = [] } = desk.shift.floor ?? {};
    const colleague = agents.find(({ id }) => id === detail);
    const team = pass_to.find(({ id }) => id === detail);
    const name = colleague?.name ?? team?.name ?? '';
    return say(`leave_${to}`, { name, count: team?.there ?? 0, how: say(`disposition_${detail}`) });
  };
  return (
    <select aria-label={label} value={chosen} onChange={(event) => onChoose(event.currentTarget.value as Way)}>
      {ways.map((way) => (
        <option key={way} value={way}>
          {words(way)}
        </option>
      ))}
    </select>
  );
}

function Keys({ desk }: { desk: Desk }) {
  return (
    <Dialog desk={desk} title={say('keys_title')}>
      <div class="key-groups">
        {KEY_GROUPS.map(([title, explained]) => (
          <section key={title}>
            <h3>{say(title)}</h3>
            <dl class="keys">
              {explained.map(([keys, words]) => (
                <div key={words}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{say(words)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div class="deeds">
        <Close desk={desk} words="close" />
      </div>
    </Dialog>
  );
}

function SettingsDialog({ desk, settings }: Props) {
  const [isRefused, setRefused] = useState(false);
  const change = (changed: Parameters<Settings['change']>[0]) => {
    settings.change(changed);
    desk.changed();
  };
  const setDesktop = async (which: 'desktop' | 'messageDesktop', wanted: boolean) => {
    const allowed = wanted && (await mayNotify());
    setRefused(wanted && !allowed);
    change({ [which]: allowed });
  };
  const setSound = (which: 'sound' | 'messageSound', wanted: boolean) => {
    change({ [which]: wanted });
    if (wanted) chime();
  };
  return (
    <Dialog desk={desk} title={say('settings_title')}>
      <fieldset class="choices">
        <legend>{say('settings_invitations')}</legend>
        <Switch words="settings_sound" isOn={settings.sound} onChange={(wanted) => setSound('sound', wanted)} />
        <Switch words="settings_desktop" isOn={settings.desktop} onChange={(wanted) => void setDesktop('desktop', wanted)} />
      </fieldset>
      <fieldset class="choices">
        <legend>{say('settings_messages')}</legend>
        <Switch words="settings_sound" isOn={settings.messageSound} onChange={(wanted) => setSound('messageSound', wanted)} />
        <Switch words="settings_desktop" isOn={settings.messageDesktop} onChange={(wanted) => void setDesktop('messageDesktop', wanted)} />
        <Switch words="settings_outside_hours" isOn={settings.outsideHours} onChange={(outsideHours) => change({ outsideHours })} />
      </fieldset>
      <fieldset class="choices">
        <legend>{say('settings_silence')}</legend>
        <Switch words="settings_while_away" isOn={settings.whileAway} onChange={(whileAway) => change({ whileAway })} />
        <p class="quiet">{say('settings_silence_words')}</p>
        {isRefused && (
          <p class="fault" role="alert">
            {say('settings_desktop_refused')}
          </p>
        )}
      </fieldset>
      <fieldset class="choices across">
        <legend>{say('settings_undo')}</legend>
        {UNDO_S.map((seconds) => (
          <label key={seconds}>
            <input type="radio" name="undo" checked={settings.undo_s === seconds} onChange={() => change({ undo_s: seconds })} />
            {seconds ? say('settings_undo_s', { n: seconds }) : say('settings_undo_off')}
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend>{say('keys_title')}</legend>
        <Switch words="settings_keys" isOn={settings.keys} onChange={(keys) => change({ keys })} />
      </fieldset>
      <fieldset class="choices across">
        <legend>{say('settings_appearance')}</legend>
        {(['system', 'light', 'dark'] as Appearance[]).map((appearance) => (
          <label key={appearance}>
            <input
              type="radio"
              name="appearance"
              checked={settings.appearance === appearance}
              onChange={() => change({ appearance })}
            />
            {say(`appearance_${appearance}`)}
          </label>
        ))}
      </fieldset>
      <div class="deeds">
        <Close desk={desk} words="close" />
      </div>
    </Dialog>
  );
}

function Switch({ words, isOn, onChange }: { words: string; isOn: boolean; onChange(isOn: boolean): void }) {
  return (
    <label>
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.currentTarget.checked)} />
      {say(words)}
    </label>
  );
}
