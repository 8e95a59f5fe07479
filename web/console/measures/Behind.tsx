// The conversations behind a figure: nobody has to believe a number.

import type { BehindPage } from '../api';
import { nameOf } from '../bits';
import { FILTERS, restOf, type Wanted } from '../models/measures';
import { say, triggersWords, words } from '../words';
import { Block } from './bits';
import { EvidenceShown } from './Evidence';
import { nameOfValue } from './Page';

export function Behind({ page, wanted, onMore }: { page: BehindPage; wanted: Wanted; onMore(): void }) {
  const chosen = FILTERS.flatMap((filter) => {
    const value = wanted.filters[filter];
    return value === undefined ? [] : [`${say(`dash_${filter}`)}: ${nameOfValue(filter, value, null)}`];
  });
  return (
    <Block title={say(`behind_${wanted.figure}`)} hint={[say('days', { n: words.number(wanted.days) }), ...chosen].join(' · ')}>
      <p>
        <a href={`#/measures/${restOf({ ...wanted, view: 'overview' })}`}>{say('back')}</a>
      </p>
      {page.conversations.length === 0 ? (
        <p class="quiet">{say('nothing_found')}</p>
      ) : (
        <table class="wide">
          <thead>
            <tr>
              <th scope="col">{say('role_customer')}</th>
              <th scope="col">{say('issue')}</th>
              <th scope="col">{say('measure_triggers')}</th>
              <th scope="col">{say('dash_first_reply')}</th>
              <th scope="col">{say('dash_outcome')}</th>
              <th scope="col">{say('dash_began')}</th>
            </tr>
          </thead>
          <tbody>
            {page.conversations.flatMap((it) => [
              <tr key={it.conversation_id}>
                <th scope="row">
                  <a href={`#/conversations/${it.conversation_id}`}>{nameOf(it)}</a>
                </th>
                <td class="cut" dir="auto">
                  {it.subject}
                </td>
                <td>{triggersWords(it.reasons)}</td>
                <td class="number">{it.first_reply_s === null ? '–' : words.span(it.first_reply_s * 1000)}</td>
                <td>{it.outcome ? say(`ended_${it.outcome}`) : '–'}</td>
                <td class="number">
                  <time dateTime={it.opened_at}>
                    {words.date(it.opened_at)}, {words.time(it.opened_at)}
                  </time>
                </td>
              </tr>,
              it.evidence.length > 0 && (
                <tr key={`${it.conversation_id} evidence`} class="evidence-row">
                  <td colSpan={6}>
                    <EvidenceShown evidence={it.evidence} conversation_id={it.conversation_id} customer={nameOf(it)} />
                  </td>
                </tr>
              ),
            ])}
          </tbody>
        </table>
      )}
      {page.next && (
        <button type="button" onClick={onMore}>
          {say('show_more')}
        </button>
      )}
    </Block>
  );
}
