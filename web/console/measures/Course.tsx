// How the period went, day by day or week by week.

import type { Measures } from '../api';
import { type CourseShare, stretchesOf } from '../models/measures';
import { say, words } from '../words';
import { Block } from './bits';
import { Bars, Shares } from './chart';

const LINES: { name: CourseShare; title: string; aim?: number }[] = [
  { name: 'satisfied', title: 'tile_satisfied' },
  { name: 'in_target', title: 'tile_in_target' },
  { name: 'abandoned', title: 'tile_abandoned' },
  { name: 'kept', title: 'tile_kept', aim: 0.9 },
  { name: 'solved', title: 'tile_solved' },
  { name: 'repeated', title: 'tile_repeated' },
];

export function Course({ numbers }: { numbers: Measures }) {
  const stretches = stretchesOf(numbers.course);
  const { change } = numbers.escalation;
  const day = (at: number) => words.utcDay(numbers.course[at]?.day ?? numbers.to);
  return (
    <>
      <Block title={say('measure_over_time')}>
        {change?.is_real && (
          <p>
            {say('dash_changed', {
              before: words.percent(change.before.share ?? 0), after: words.percent(change.after.share ?? 0),
              day: day(change.at), from: day(change.between[0] ?? change.at), to: day(change.between[1] ?? change.at),
              confidence: words.percent(change.confidence),
            })}
          </p>
        )}
        <Bars
          title={say('measure_over_time')}
          stretches={stretches}
          all={{ name: say('measure_conversations'), of: (it) => it.conversations }}
          part={{ name: say('measure_handed_off'), of: (it) => it.handed_off }}
        />
      </Block>
      <div class="beside">
        {LINES.map(({ name, title, aim }) => (
          <Block key={name} title={say(title)}>
            <Shares title={say(title)} stretches={stretches} of={(it) => it[name]} {...(aim === undefined ? {} : { aim })} />
          </Block>
        ))}
        <Block title={say('dash_unanswered')}>
          <Bars
            title={say('dash_unanswered')}
            stretches={stretches}
            all={{ name: say('measure_conversations'), of: (it) => it.conversations }}
            part={{ name: say('dash_unanswered'), of: (it) => it.unanswered }}
          />
        </Block>
        <Block title={say('dash_agent_minutes')}>
          <Bars
            title={say('dash_agent_minutes')}
            stretches={stretches}
            all={{ name: say('dash_agent_minutes'), of: (it) => it.agent_minutes }}
            part={{ name: say('dash_handoffs'), of: (it) => it.handoffs }}
          />
        </Block>
      </div>
    </>
  );
}
