// How a figure is shown: with its cases, its interval, where it went, and the way to the
// conversations behind it.

import type { ComponentChildren } from 'preact';
import type { Compared, Share } from '../api';
import { BEHIND, figureOf, restOf, turnOf, type Wanted } from '../models/measures';
import { say, words } from '../words';

export function Block({ title, hint, children }: { title: string; hint?: string; children: ComponentChildren }) {
  return (
    <section class="block">
      <h2>{title}</h2>
      {hint && <p class="quiet">{hint}</p>}
      {children}
    </section>
  );
}

/** "95 %: 71 % to 84 %". */
export function intervalWords({ low, high }: { low: number | null; high: number | null }): string {
  if (low === null || high === null) return '';
  return say('dash_interval', { low: words.percent(low), high: words.percent(high) });
}

/** A share in a table: its interval behind it, or that there are too few. */
export function ShareCell({ share }: { share: Share }) {
  const figure = figureOf(share.n, share.share);
  if (figure.kind !== 'share') return <td class="number quiet">{figure.kind === 'few' ? say('dash_few', { n: share.n }) : '–'}</td>;
  return (
    <td class="number">
      {words.percent(figure.share)}{' '}
      <small class="quiet">
        {words.number(share.k)}/{words.number(share.n)}
        <span class="hidden"> {intervalWords(share)}</span>
      </small>
    </td>
  );
}

export function behindAddress(wanted: Wanted, figure: string, filters: Wanted['filters'] = {}): string {
  return `#/measures/${restOf({ ...wanted, view: 'behind', figure, filters: { ...wanted.filters, ...filters } })}`;
}

interface TileProps {
  name: string;
  compared: Compared;
  wanted: Wanted;
  /** What it is of, in words. */
  children: ComponentChildren;
}

/** One number, what it is of, of how many, how sure, and where it went. */
export function Tile({ name, compared, wanted, children }: TileProps) {
  const { now } = compared;
  const figure = figureOf(now.n, now.share);
  const turn = turnOf(compared);
  const behind = BEHIND[name];
  return (
    <section class="tile">
      <h2>{say(`tile_${name}`)}</h2>
      {figure.kind === 'share' ? (
        <>
          <p class="figure">{words.percent(figure.share)}</p>
          <p>{children}</p>
        </>
      ) : (
        <p class="figure none">{say(figure.kind === 'few' ? 'measure_few' : 'measure_none')}</p>
      )}
      <div class="quiet">
        {figure.kind === 'share' && <p>{intervalWords(now)}</p>}
        <p>{say('measure_n', { n: words.number(now.n) })}</p>
        {turn.kind !== 'none' && (
          <p class={turn.kind !== 'same' && turn.isReal ? 'turn real' : 'turn'}>
            {say(`dash_turn_${turn.kind}`, { points: words.number(turn.points) })}
            {turn.kind !== 'same' && `, ${say(turn.isReal ? 'dash_real' : 'dash_chance')}`}
          </p>
        )}
      </div>
      {behind && now.n > 0 && (
        <a href={behindAddress(wanted, behind)}>
          {say('dash_behind')}
          <span class="hidden">: {say(`behind_${behind}`)}</span>
        </a>
      )}
    </section>
  );
}
