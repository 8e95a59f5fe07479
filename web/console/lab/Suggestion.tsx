// What the agents' verdicts suggest: with its evidence, its interval, and which side nobody
// has seen. Never applied by itself.

import type { Lab } from '../models/lab';
import { say, words } from '../words';

export function SuggestionCard({ lab }: { lab: Lab }) {
  const { verdicts } = lab;
  if (!verdicts) return null;
  const { suggestion } = verdicts;
  const values = { n: words.number(verdicts.n), needless: words.number(verdicts.needless) };
  if (!suggestion) return <p class="quiet">{say(verdicts.n < 30 ? 'lab_verdicts_few' : 'lab_verdicts_none', values)}</p>;
  const { best } = suggestion;
  const limits = { share: words.percent(suggestion.share), low: words.percent(suggestion.low), high: words.percent(suggestion.high) };
  return (
    <section class="block suggestion" aria-labelledby="suggestion-title">
      <h2 id="suggestion-title">{say('lab_suggestion')}</h2>
      <p>
        {say(suggestion.is_higher ? 'lab_suggestion_higher' : 'lab_suggestion_lower', {
          to: words.number(best.threshold, 2),
          from: words.number(suggestion.from, 2),
          needless: words.number(best.fewer_needless),
          late: words.number(suggestion.is_higher ? best.more_late : best.fewer_late),
        })}
      </p>
      <p class="quiet">
        {say('lab_verdicts', values)} {say(suggestion.is_higher ? 'lab_suggestion_share' : 'lab_suggestion_share_late', limits)}
      </p>
      <p class="quiet">{say(suggestion.is_higher ? 'lab_unseen_higher' : 'lab_unseen_lower')}</p>
      <div class="row">
        <button type="button" onClick={() => lab.setThreshold(best.threshold)}>
          {say('lab_suggestion_take', { to: words.number(best.threshold, 2) })}
        </button>
      </div>
      <details>
        <summary>{say('lab_suggestion_all')}</summary>
        <div class="scrolls" tabIndex={0} role="region" aria-label={say('lab_suggestion_all')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say('lab_threshold')}</th>
                <th scope="col">{say('lab_fewer_needless')}</th>
                <th scope="col">{say('lab_more_late')}</th>
                <th scope="col">{say('lab_fewer_late')}</th>
              </tr>
            </thead>
            <tbody>
              {suggestion.tried
                .filter(({ threshold }) => Math.round(threshold * 100) % 5 === 0 || threshold === best.threshold)
                .map((move) => (
                  <tr key={move.threshold} class={move.threshold === best.threshold ? 'best' : ''}>
                    <th scope="row">{words.number(move.threshold, 2)}</th>
                    <td class="number">{words.number(move.fewer_needless)}</td>
                    <td class="number">{words.number(move.more_late)}</td>
                    <td class="number">{words.number(move.fewer_late)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}
