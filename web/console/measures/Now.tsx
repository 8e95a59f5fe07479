// The floor as it is now: who waits and for how long against what they were told, who is there,
// what is promised, and what is wrong with the staffing answer (P43).

import { nameOf } from '../bits';
import type { Desk } from '../models/desk';
import { waitingOf } from '../models/floor';
import { tooLong } from '../Rail';
import { say, triggersWords, words } from '../words';
import { Block } from './bits';

export function Now({ desk }: { desk: Desk }) {
  const { floor } = desk.shift;
  if (!floor) return <p class="quiet">{say('loading')}</p>;
  const now = desk.shift.now();
  const waits = floor.queue.flatMap((item) => {
    const waiting = waitingOf(item, now);
    return waiting ? [{ item, waiting }] : [];
  });
  const over = waits.filter(({ waiting }) => waiting.standing === 'over').length;
  const there = floor.agents.filter(({ presence }) => presence === 'online');
  const free = there.reduce((sum, agent) => sum + Math.max(0, agent.capacity - agent.busy), 0);
  const longest = Math.max(0, ...waits.map(({ waiting }) => waiting.ms));
  return (
    <>
      <div role="status">
        {floor.shortages.map((queue) => (
          <p class="notice warn" key={queue.team ?? ''}>
            {tooLong(queue)}
          </p>
        ))}
      </div>
      <div class="figures">
        <Number title={say('dash_waiting')} n={words.number(floor.waiting)} hint={longest ? say('dash_longest', { span: words.span(longest) }) : ''} />
        <Number title={say('dash_over')} n={words.number(over)} hint={say('dash_over_words')} />
        <Number title={say('dash_online')} n={words.number(there.length)} hint={say('dash_free', { n: words.number(free) })} />
        <Number title={say('dash_alarms')} n={words.number(floor.alarms.length + floor.shortages.length)} hint="" />
      </div>
      <div class="beside">
        <Block title={say('dash_queue')}>
          {waits.length === 0 ? (
            <p class="quiet">{say('dash_queue_none')}</p>
          ) : (
            <div class="scrolls-across" tabIndex={0} role="region" aria-label={say('dash_queue')}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{say('role_customer')}</th>
                    <th scope="col">{say('measure_triggers')}</th>
                    <th scope="col">{say('dash_waits_since')}</th>
                    <th scope="col">{say('dash_promised')}</th>
                  </tr>
                </thead>
                <tbody>
                  {waits.map(({ item, waiting }) => (
                    <tr key={item.conversation_id}>
                      <th scope="row">
                        <a href={`#/conversations/${item.conversation_id}`}>{nameOf(item)}</a>
                      </th>
                      <td>{triggersWords(item.reasons)}</td>
                      <td class={`number wait-${waiting.standing}`}>
                        {words.span(waiting.ms)}
                        {waiting.standing === 'over' && ` · ${say('dash_late')}`}
                      </td>
                      <td class="number">{waiting.promised_ms === null ? '–' : words.span(waiting.promised_ms)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Block>
        <Block title={say('dash_team')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say('role_agent')}</th>
                <th scope="col">{say('state')}</th>
                <th scope="col">{say('dash_has')}</th>
              </tr>
            </thead>
            <tbody>
              {[...floor.agents]
                .sort((a, b) => a.name.localeCompare(b.name))
                .map((agent) => (
                  <tr key={agent.id}>
                    <th scope="row">{agent.name}</th>
                    <td>{say(`presence_${agent.presence}`)}</td>
                    <td class="number">{say('dash_of', { n: words.number(agent.busy), capacity: words.number(agent.capacity) })}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </Block>
      </div>
    </>
  );
}

function Number({ title, n, hint }: { title: string; n: string; hint: string }) {
  return (
    <section class="tile">
      <h2>{title}</h2>
      <p class="figure">{n}</p>
      <p class="quiet">{hint}</p>
    </section>
  );
}
