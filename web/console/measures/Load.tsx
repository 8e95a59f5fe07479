// When work comes and who takes it: to see where help is needed. Agents stand in the order of
// their names, and nobody's ratings beside them.

import type { Load } from '../api';
import { say, words } from '../words';
import { Block } from './bits';

export function LoadView({ load }: { load: Load }) {
  if (!load.n) return <p class="quiet">{say('dash_load_none')}</p>;
  return (
    <>
      <Block title={say('dash_load_hours')} hint={say('dash_load_hours_words', { zone: load.zone })}>
        <Hours load={load} />
      </Block>
      <Block title={say('dash_load_agents')} hint={say('dash_load_agents_words')}>
        <div class="scrolls-across" tabIndex={0} role="region" aria-label={say('dash_load_agents')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say('role_agent')}</th>
                <th scope="col">{say('dash_taken')}</th>
                <th scope="col">{say('dash_days_worked')}</th>
                <th scope="col">{say('dash_at_once')}</th>
                <th scope="col">{say('dash_most_at_once')}</th>
              </tr>
            </thead>
            <tbody>
              {load.agents.map((agent) => (
                <tr key={agent.name}>
                  <th scope="row">{agent.name}</th>
                  <td class="number">{words.number(agent.taken)}</td>
                  <td class="number">{words.number(agent.days)}</td>
                  <td class="number">{words.number(agent.at_once, 1)}</td>
                  <td class="number">{words.number(agent.most_at_once)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Block>
    </>
  );
}

/** A week of hours; darker is more for each agent. */
function Hours({ load }: { load: Load }) {
  const found = new Map(load.hours.map((hour) => [`${hour.weekday} ${hour.hour}`, hour]));
  const most = Math.max(0.1, ...load.hours.map((hour) => hour.handoffs));
  const shown = load.hours.map(({ hour }) => hour);
  const [first, last] = [Math.min(...shown), Math.max(...shown)];
  const hours = Array.from({ length: last - first + 1 }, (_, n) => first + n);
  // 1970-01-05 was a Monday.
  const weekday = (n: number) => new Intl.DateTimeFormat(words.language, { weekday: 'short', timeZone: 'UTC' }).format(new Date(Date.UTC(1970, 0, 5 + n)));
  return (
    <div class="scrolls-across" tabIndex={0} role="region" aria-label={say('dash_load_hours')}>
      <table class="heat">
        <thead>
          <tr>
            <td />
            {hours.map((hour) => (
              <th scope="col" key={hour}>
                {words.number(hour)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: 7 }, (_, day) => (
            <tr key={day}>
              <th scope="row">{weekday(day)}</th>
              {hours.map((hour) => {
                const it = found.get(`${day} ${hour}`);
                const strength = it ? it.handoffs / most : 0;
                return (
                  <td
                    key={hour}
                    class={`heat-${Math.ceil(strength * 4)}`}
                    title={it && say('dash_heat', { handoffs: words.number(it.handoffs, 1), agents: words.number(it.agents, 1) })}
                  >
                    {it ? words.number(it.handoffs, 1) : ''}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
