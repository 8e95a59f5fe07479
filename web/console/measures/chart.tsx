// Charts in plain SVG, hidden from who hears the page: each has its table beside it. Time runs
// to the right in every language.

import type { ComponentChildren } from 'preact';
import type { Share } from '../api';
import { longestOf } from '../models/measures';
import { say, words } from '../words';

const HEIGHT = 160;
const STEP = 20;

interface Ends {
  from: string;
  to: string;
}

interface FrameProps {
  title: string;
  stretches: Ends[];
  legend?: ComponentChildren;
  children: ComponentChildren;
  /** The same as rows of a table. */
  head: string[];
  rows: ComponentChildren;
}

/** A chart over time with its table. */
function Frame({ title, stretches, legend, children, head, rows }: FrameProps) {
  return (
    <div>
      <figure class="chart" aria-hidden="true" dir="ltr">
        <svg viewBox={`0 0 ${Math.max(1, stretches.length) * STEP} ${HEIGHT + 2}`} preserveAspectRatio="none">
          {children}
          <path class="ground" d={`M0 ${HEIGHT + 1} H${Math.max(1, stretches.length) * STEP}`} />
        </svg>
        <figcaption>
          <span>{stretches[0] && words.utcDay(stretches[0].from)}</span>
          {legend && <span class="legend">{legend}</span>}
          <span>{stretches.length > 0 && words.utcDay(stretches.at(-1)?.to ?? '')}</span>
        </figcaption>
      </figure>
      <details class="as-table">
        <summary>
          {say('dash_as_table')}
          <span class="hidden">: {title}</span>
        </summary>
        <div class="scrolls" tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                {head.map((name) => (
                  <th scope="col" key={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{rows}</tbody>
          </table>
        </div>
      </details>
    </div>
  );
}

function daysWords({ from, to }: Ends): string {
  return from === to ? words.utcDay(from) : `${words.utcDay(from)} – ${words.utcDay(to)}`;
}

interface BarsProps<T extends Ends> {
  title: string;
  stretches: T[];
  all: { name: string; of: (it: T) => number };
  part: { name: string; of: (it: T) => number };
}

/** Columns of which a part is filled. */
export function Bars<T extends Ends>({ title, stretches, all, part }: BarsProps<T>) {
  const most = longestOf(stretches.map(all.of));
  const high = (n: number) => (n / most) * HEIGHT;
  return (
    <Frame
      title={title}
      stretches={stretches}
      legend={
        <>
          <span class="swatch all" /> {all.name} <span class="swatch part" /> {part.name}
        </>
      }
      head={[say('measure_day'), all.name, part.name]}
      rows={stretches.toReversed().map((it) => (
        <tr key={it.from}>
          <th scope="row">{daysWords(it)}</th>
          <td class="number">{words.number(all.of(it))}</td>
          <td class="number">{words.number(part.of(it))}</td>
        </tr>
      ))}
    >
      {stretches.map((it, index) => (
        <g key={it.from}>
          <title>{`${daysWords(it)}: ${words.number(all.of(it))}, ${words.number(part.of(it))}`}</title>
          <rect class="all" x={index * STEP + 3} y={HEIGHT - high(all.of(it))} width={STEP - 6} height={high(all.of(it))} />
          <rect class="part" x={index * STEP + 3} y={HEIGHT - high(part.of(it))} width={STEP - 6} height={high(part.of(it))} />
        </g>
      ))}
    </Frame>
  );
}

interface SharesProps<T extends Ends> {
  title: string;
  stretches: T[];
  of: (it: T) => Share;
  /** A line that should be reached, 0..1. */
  aim?: number;
}

/** A share over time as a line in its interval; a gap where there was nothing. */
export function Shares<T extends Ends>({ title, stretches, of, aim }: SharesProps<T>) {
  const at = (share: number) => HEIGHT - share * HEIGHT;
  const middle = (index: number) => index * STEP + STEP / 2;
  const parts: number[][] = [];
  stretches.forEach((it, index) => {
    if (of(it).share === null) return;
    const last = parts.at(-1);
    if (last && last.at(-1) === index - 1) last.push(index);
    else parts.push([index]);
  });
  const shareAt = (index: number) => stretches[index] && of(stretches[index]);
  const points = (part: number[], end: (share: Share) => number | null) =>
    part.map((index) => {
      const share = shareAt(index);
      return `${middle(index)} ${at((share && end(share)) ?? 0)}`;
    });
  return (
    <Frame
      title={title}
      stretches={stretches}
      head={[say('measure_day'), title, say('dash_interval_head'), say('dash_cases')]}
      rows={stretches.toReversed().map((it) => {
        const { share, low, high, n } = of(it);
        return (
          <tr key={it.from}>
            <th scope="row">{daysWords(it)}</th>
            <td class="number">{share === null ? '–' : words.percent(share)}</td>
            <td class="number">{low === null || high === null ? '–' : `${words.percent(low)} – ${words.percent(high)}`}</td>
            <td class="number">{words.number(n)}</td>
          </tr>
        );
      })}
    >
      {[0.25, 0.5, 0.75, 1].map((line) => (
        <path key={line} class="grid" d={`M0 ${at(line)} H${stretches.length * STEP}`} />
      ))}
      {aim !== undefined && <path class="aim" d={`M0 ${at(aim)} H${stretches.length * STEP}`} />}
      {parts.map((part) => (
        <g key={part[0]}>
          <path class="band" d={`M${points(part, (it) => it.high).join(' L')} L${points(part, (it) => it.low).toReversed().join(' L')} Z`} />
          <path class="line" d={`M${points(part, (it) => it.share).join(' L')}${part.length === 1 ? ' h0.1' : ''}`} />
        </g>
      ))}
      {stretches.map((it, index) => {
        const { share, k, n } = of(it);
        return share === null ? null : (
          <g key={it.from}>
            <title>{`${daysWords(it)}: ${words.percent(share)} (${k}/${n})`}</title>
            <rect class="touch" x={index * STEP} y="0" width={STEP} height={HEIGHT} />
          </g>
        );
      })}
    </Frame>
  );
}

/** Rows with a bar each; the numbers stand in the table itself. */
export function Counts({ rows }: { rows: { key: string; name: ComponentChildren; n: number }[] }) {
  const most = longestOf(rows.map(({ n }) => n));
  if (!rows.some(({ n }) => n > 0)) return <p class="quiet">{say('measure_none')}</p>;
  return (
    <table class="counts">
      <tbody>
        {rows.map(({ key, name, n }) => (
          <tr key={key}>
            <th scope="row">{name}</th>
            <td class="number">{words.number(n)}</td>
            <td aria-hidden="true">
              <progress max={most} value={n} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
