// The open conversation: what one should know beside what was said; below them the
// first message or the composer. On a narrow screen the halves are tabs.

import { Composer } from './Composer';
import { Guards } from './Guards';
import { Introduction } from './Introduction';
import { PackageView } from './Package';
import { Transcript } from './Transcript';
import { Key, Mood, nameOf } from './bits';
import type { Desk } from './models/desk';
import type { Half } from './models/place';
import type { Talk } from './models/talk';
import { say, words } from './words';

export interface TalkProps {
  desk: Desk;
  talk: Talk;
}

export function Conversation({ desk, talk }: TalkProps) {
  const half = desk.place.kind === 'talk' ? desk.place.half : 'package';
  return (
    <div class={`conversation shows-${half}`}>
      <Head desk={desk} talk={talk} />
      <Halves desk={desk} half={half} />
      <section class="package" aria-labelledby="package" tabIndex={0}>
        <PackageView desk={desk} talk={talk} />
      </section>
      <section class="talk" aria-label={say('half_talk')}>
        <Transcript desk={desk} talk={talk} />
      </section>
      <section class="desk" aria-label={say('writing')}>
        <Introduction desk={desk} talk={talk} />
        <Composer desk={desk} talk={talk} />
        <Guards desk={desk} talk={talk} />
      </section>
    </div>
  );
}

function Head({ desk, talk }: TalkProps) {
  const { item } = talk;
  const waits = item.state === 'queued' || item.state === 'by_email';
  return (
    <header class="talk-head">
      <a class="back" href="#/" aria-label={say('back')}>
        <span aria-hidden="true">‹</span>
      </a>
      <Mood strength={item.mood} />
      <h1>{nameOf(item)}</h1>
      <span class="quiet state">{standing(desk, talk)}</span>
      <span class="talk-deeds">
        {waits && (
          <button
            type="button"
            class="primary"
            disabled={desk.shift.isBusy(talk.id)}
            onClick={() => void desk.shift.accept(item)}
          >
            {say('take')}
          </button>
        )}
        {desk.mayDraft(talk) && (
          <button type="button" onClick={() => void desk.draftArticle(talk.id)}>
            {say('gaps_draft')}
          </button>
        )}
        {desk.mayTakeOver(talk) && (
          <button
            type="button"
            class={item.state === 'with_assistant' ? 'primary' : ''}
            disabled={desk.shift.isBusy(talk.id)}
            onClick={() => void desk.shift.takeOver(item)}
          >
            {say(item.state === 'resolved' ? 'open_again' : 'take_over')} <Key name="t" />
          </button>
        )}
        {desk.isMine(talk) && (
          <button type="button" onClick={() => desk.set({ dialog: { kind: 'leave', id: talk.id } })}>
            {say('leave')} <Key name="p" />
          </button>
        )}
        {desk.isMine(talk) && (
          <button type="button" onClick={() => desk.set({ dialog: { kind: 'hand_back', id: talk.id } })}>
            {say('hand_back')} <Key name="b" />
          </button>
        )}
        {desk.isMine(talk) && (
          <button type="button" onClick={() => desk.set({ dialog: { kind: 'resolve', id: talk.id } })}>
            {say('resolve')} <Key name="e" />
          </button>
        )}
      </span>
    </header>
  );
}

function standing(desk: Desk, talk: Talk): string {
  const { agent, state, by_email } = talk.item;
  if (agent && desk.isMine(talk)) {
    const since = talk.asked_at && desk.shift.now() - Date.parse(talk.asked_at);
    if (since !== null && since !== '') return say('waits_for_you', { span: words.span(since) });
    return by_email ? say('state_mine_by_email') : say('state_mine');
  }
  return agent ? say('state_with', { name: agent.name }) : say(`state_${state}`);
}

function Halves({ desk, half }: { desk: Desk; half: Half }) {
  return (
    <div class="halves">
      {(['package', 'talk'] as const).map((one) => (
        <button key={one} type="button" aria-pressed={half === one} onClick={() => desk.turn(one)}>
          {say(`half_${one}`)}
        </button>
      ))}
    </div>
  );
}
