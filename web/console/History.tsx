// All conversations, newest first: to read up, and to find again what was resolved.

import { Empty, Mood, nameOf } from './bits';
import type { Desk } from './models/desk';
import { say, words } from './words';

export function HistoryPage({ desk }: { desk: Desk }) {
  const { history } = desk;
  return (
    <div class="page">
      <div class="page-head">
        <h1>{say('history_title')}</h1>
        <label class="hidden" for="history-search">
          {say('search')}
        </label>
        <input
          id="history-search"
          type="search"
          placeholder={say('search')}
          value={history.wanted}
          onInput={(event) => history.filter(event.currentTarget.value)}
        />
      </div>
      {history.items?.length === 0 && (
        <Empty title={say('history_empty')}>
          <p>{say('history_empty_words')}</p>
        </Empty>
      )}
      {!!history.items?.length && (
        <table class="wide">
          <thead>
            <tr>
              <th scope="col">{say('role_customer')}</th>
              <th scope="col">{say('issue')}</th>
              <th scope="col">{say('state')}</th>
              <th scope="col">{say('last_event')}</th>
            </tr>
          </thead>
          <tbody>
            {history.shown.map((item) => (
              <tr key={item.conversation_id}>
                <th scope="row">
                  {/* Without a handoff nobody has judged the mood. */}
                  {item.reasons.length > 0 && <Mood strength={item.mood} />} <a href={`#/conversations/${item.conversation_id}`}>{nameOf(item)}</a>
                </th>
                <td class="cut" dir="auto">
                  {item.subject}
                </td>
                <td>{item.agent ? say('state_with', { name: item.agent.name }) : say(`state_${item.state}`)}</td>
                <td class="number">
                  <time dateTime={item.touched_at}>
                    {words.date(item.touched_at)}, {words.time(item.touched_at)}
                  </time>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div role="status">
        {history.state === 'loading' && <p class="quiet">{say('loading')}</p>}
        {history.state === 'unreachable' && <p class="fault">{say('unreachable')}</p>}
        {history.items && history.items.length > 0 && history.shown.length === 0 && <p class="quiet">{say('nothing_found')}</p>}
      </div>
      {history.more && (
        <button type="button" onClick={() => void history.load(history.more)}>
          {say('show_more')}
        </button>
      )}
    </div>
  );
}
