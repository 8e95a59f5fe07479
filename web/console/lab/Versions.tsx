// Every version of the policy: who, when and why; what changes if it came back; and the way
// back to it.

import { useState } from 'preact/hooks';
import type { DraftChecked, VersionShown } from '../api';
import type { Lab } from '../models/lab';
import { Outcome } from '../settings/bits';
import { say, words } from '../words';
import { Changes, NoteField } from './Editor';

export function VersionsPage({ lab }: { lab: Lab }) {
  const versions = lab.policy?.versions ?? [];
  return (
    <section class="block">
      <p class="quiet">{say(versions.length > 1 ? 'lab_versions_words' : 'lab_versions_one')}</p>
      <ol class="people">
        {versions.map((version) => (
          <li key={version.version}>
            <Version lab={lab} version={version} />
          </li>
        ))}
      </ol>
      <Outcome saving={lab.saving} />
    </section>
  );
}

type Compared = 'none' | 'loading' | 'failed' | DraftChecked;

function Version({ lab, version }: { lab: Lab; version: VersionShown }) {
  const [compared, setCompared] = useState<Compared>('none');
  const isLive = lab.policy?.live.version === version.version;
  const number = version.version;
  const compare = () => {
    setCompared('loading');
    lab.compare(number).then(setCompared, () => setCompared('failed'));
  };
  const told = [
    version.by_kind === 'system' ? say('lab_since_begin') : `${version.by_name ?? say(`audit_by_${version.by_kind}`)}, ${words.date(version.at)}, ${words.time(version.at)}`,
    version.again !== null && say('lab_again', { version: version.again }),
    version.note,
  ];
  return (
    <>
      <p class="who">
        <strong>{say('lab_version', { version: number })}</strong>
        {isLive && <span class="good">✓ {say('lab_holds')}</span>}
        <span class="quiet" dir="auto">
          {told.filter(Boolean).join(' · ')}
        </span>
      </p>
      {!isLive && (
        <div class="row">
          <button type="button" aria-label={say('lab_compare_of', { version: number })} onClick={compare}>
            {say('lab_compare')}
          </button>
          {lab.policy?.may_change && (
            <button type="button" aria-label={say('lab_back_to', { version: number })} onClick={() => lab.choose({ asked: version, note: '' })}>
              {say('lab_back')}
            </button>
          )}
        </div>
      )}
      <div role="status">
        {compared === 'loading' && <p class="quiet">{say('loading')}</p>}
        {compared === 'failed' && <p class="fault">{say('unreachable')}</p>}
        {typeof compared === 'object' && (
          <>
            <p class="quiet">{say('lab_compared')}</p>
            <Changes checked={compared} />
          </>
        )}
      </div>
      {lab.asked?.version === number && (
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void lab.rollBack();
          }}
        >
          <NoteField lab={lab} id={`lab-back-${number}`} />
          <div class="form-foot">
            <button type="submit" class="primary" disabled={lab.saving.kind === 'saving'}>
              {say('lab_back_now', { version: number })}
            </button>
            <button type="button" onClick={() => lab.choose({ asked: null })}>
              {say('cancel')}
            </button>
          </div>
        </form>
      )}
    </>
  );
}
