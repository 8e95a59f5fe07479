// What came again after a handover (P35): each way apart, with its cases and its interval, and
// the way to the messages that show it.

import type { Measures } from '../api';
import { AGAIN, figureOf, tableAddress, type Wanted } from '../models/measures';
import { say, words } from '../words';
import { behindAddress, Block, intervalWords } from './bits';

export function Repetition({ numbers, wanted }: { numbers: Measures; wanted: Wanted }) {
  const { repetition } = numbers.now;
  return (
    <Block title={say('again_title')} hint={say('again_words')}>
      <div class="scrolls-across" tabIndex={0} role="region" aria-label={say('again_title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say('again_way')}</th>
              <th scope="col">{say('again_share')}</th>
              <th scope="col">{say('dash_interval_head')}</th>
              <th scope="col">{say('dash_cases')}</th>
              <th scope="col">{say('again_messages')}</th>
            </tr>
          </thead>
          <tbody>
            {AGAIN.map(({ name, behind, isPart }) => {
              const share = repetition[name];
              const figure = figureOf(share.n, share.share);
              const isShown = figure.kind === 'share';
              return (
                <tr key={name}>
                  <th scope="row" class={isPart ? 'part' : ''}>
                    {say(`again_${name}`)}
                  </th>
                  <td class="number">{isShown ? words.percent(figure.share) : <span class="quiet">{say(figure.kind === 'few' ? 'measure_few' : 'measure_none')}</span>}</td>
                  <td class="number">{isShown ? intervalWords(share) : '–'}</td>
                  <td class="number">
                    {words.number(share.k)}/{words.number(share.n)}
                  </td>
                  <td>
                    {share.k > 0 ? (
                      <a href={behindAddress(wanted, behind)}>
                        {say('dash_behind')}
                        <span class="hidden">: {say(`behind_${behind}`)}</span>
                      </a>
                    ) : (
                      '–'
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p>
        <a href={tableAddress(wanted, 'repetition')} download="measures.csv">
          {say('dash_csv')}
          <span class="hidden">: {say('again_title')}</span>
        </a>
      </p>
    </Block>
  );
}
