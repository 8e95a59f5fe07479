// The policy lab: write another policy, see what it means and what is wrong with it, try it
// on past conversations or beside the one that holds, then switch, and back.

import { useEffect, useState } from 'preact/hooks';
import type { Desk } from '../models/desk';
import { Lab } from '../models/lab';
import { Waiting } from '../settings/bits';
import { say, words } from '../words';
import { EditorPage } from './Editor';
import { TrialPage, TrialsPage } from './Trials';
import { VersionsPage } from './Versions';

const PAGES = ['write', 'trials', 'versions'] as const;

export function LabArea({ desk, page, id }: { desk: Desk; page: string; id: string }) {
  const [lab] = useState(() => new Lab(desk));
  // What others have switched or begun meanwhile is seen with every page.
  useEffect(() => void lab.load(), [lab, page]);
  const { policy } = lab;
  return (
    <div class="page lab">
      <div class="page-head">
        <h1>{say('page_lab')}</h1>
        <nav class="tabs" aria-label={say('page_lab')}>
          {PAGES.map((one) => (
            <a key={one} href={one === 'write' ? '#/lab' : `#/lab/${one}`} aria-current={one === page ? 'page' : undefined}>
              {say(`lab_page_${one}`)}
            </a>
          ))}
        </nav>
      </div>
      {!policy && <Waiting desk={desk} isUnreachable={lab.isUnreachable} again={() => void lab.load()} />}
      {policy && (
        <p class="quiet" dir="auto">
          {say('lab_live', { version: policy.live.version })} <Since lab={lab} />
        </p>
      )}
      {policy && page === 'write' && <EditorPage desk={desk} lab={lab} />}
      {policy && page === 'trials' && (id ? <TrialPage key={id} desk={desk} id={id} /> : <TrialsPage lab={lab} />)}
      {policy && page === 'versions' && <VersionsPage lab={lab} />}
    </div>
  );
}

/** Since when it holds, by whom and why. */
function Since({ lab }: { lab: Lab }) {
  const live = lab.policy?.live;
  if (!live || live.by_kind === 'system') return <>{say('lab_since_begin')}</>;
  const who = live.by_name ?? say(`audit_by_${live.by_kind}`);
  return (
    <>
      {say('lab_since', { date: words.date(live.at), name: who })}
      {live.note && ` · ${live.note}`}
    </>
  );
}
