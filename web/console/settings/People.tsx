// Who works here. Adding somebody takes a command of the host for now.

import type { Desk } from '../models/desk';
import { say } from '../words';
import { Copied } from './Snippet';

export function PeoplePage({ desk }: { desk: Desk }) {
  return (
    <section class="block">
      <p>{say('people_words')}</p>
      <Copied text={'segue user add ada@example.com --name "Ada Berg" --role agent'} />
      <ul class="seen">
        {desk.shift.floor?.agents.map((agent) => (
          <li key={agent.id}>{agent.name}</li>
        ))}
      </ul>
    </section>
  );
}
