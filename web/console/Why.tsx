// Why the assistant did what it did, message by message: what it saw in which words, what
// each reason counted, how far that was from a handover, and what would have changed it.

import type { Decision, DecisionShown } from './api';
import { Empty, Quote } from './bits';
import type { Desk } from './models/desk';
import { type Called, type Changed, changesOf, type Known, knownOf, loweredOf, type Row, rowsOf, standingOf } from './models/why';
import { factWords, say, triggersWords, triggerWords, words } from './words';

export function WhyPage({ desk, id }: { desk: Desk; id: string }) {
  const { why } = desk;
  if (why.state === 'missing') {
    return (
      <Empty title={say('missing_title')}>
        <p>{say('missing_words')}</p>
        <a href="#/">{say('back')}</a>
      </Empty>
    );
  }
  return (
    <div class="page why">
      <div class="page-head">
        <h1>{say('why_title')}</h1>
        <a href={`#/conversations/${id}`}>{say('why_back')}</a>
      </div>
      <div role="status">
        {why.state === 'loading' && !why.decisions && <p class="quiet">{say('loading')}</p>}
        {why.state === 'unreachable' && <p class="fault">{say('unreachable')}</p>}
        {why.decisions?.length === 0 && <p class="quiet">{say('why_none')}</p>}
      </div>
      <ol class="decisions">
        {why.decisions?.map((shown) => (
          <li key={shown.id}>
            <DecisionCard shown={shown} />
          </li>
        ))}
      </ol>
    </div>
  );
}

/** A decision with all that stood behind it. */
export function DecisionCard({ shown }: { shown: DecisionShown }) {
  const { decision } = shown;
  return (
    <article class={`decision ${decision.action}`} aria-labelledby={shown.id}>
      <header>
        <h2 id={shown.id}>{say(`why_action_${decision.action}`)}</h2>
        <Target decision={decision} />
        <time class="quiet" dateTime={shown.at}>
          {words.date(shown.at)}, {words.time(shown.at)}
        </time>
      </header>
      <blockquote dir="auto">{shown.text ?? say(shown.message_id ? 'erased' : 'why_before_message')}</blockquote>
      {decision.reasons.length > 0 && <Margin decision={decision} />}
      <Reasons decision={decision} />
      <Changes decision={decision} />
      <details>
        <summary>{say('why_facts')}</summary>
        <dl class="attributes">
          {knownOf(shown).map((known) => (
            <div key={known.fact}>
              <dt>{say(`why_fact_${known.fact}`)}</dt>
              <dd dir="auto">{knownWords(known)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </article>
  );
}

function Target({ decision }: { decision: Decision }) {
  const { target, priority } = decision;
  const parts = [
    target?.team && say('why_team', { team: target.team }),
    target?.dedicated_agent && say('why_dedicated'),
    !!target?.skills?.length && say('needs_skills', { skills: target.skills.join(', ') }),
    priority > 0 && say('why_priority', { priority }),
  ];
  const told = parts.filter((part) => !!part);
  return told.length ? <span class="quiet">{told.join(' · ')}</span> : null;
}

/** How the strongest reason stood, and what the mood did to what it had to reach. */
function Margin({ decision }: { decision: Decision }) {
  const shares = { score: words.percent(decision.score), threshold: words.percent(decision.threshold) };
  const lowered = loweredOf(decision);
  return (
    <p>
      {say(`why_score_${standingOf(decision)}`, shares)}{' '}
      {lowered > 0.005 &&
        say('why_lowered', {
          calm: words.percent(decision.calm_threshold),
          mood: words.percent(decision.mood),
          threshold: shares.threshold,
        })}{' '}
      {standingOf(decision) !== 'none' &&
        say(decision.margin < 0 ? 'why_margin_below' : 'why_margin_above', { margin: words.number(Math.abs(decision.margin), 2) })}
    </p>
  );
}

function Reasons({ decision }: { decision: Decision }) {
  const rows = rowsOf(decision);
  return (
    <section>
      <h3>{say('why_reasons')}</h3>
      {!rows.length && <p class="quiet">{say('why_nothing_seen')}</p>}
      <ul class="weighed">
        {rows.map((row, index) => (
          <li key={index} class={row.effect}>
            <p class="weighed-head">
              <strong>{calledWords(row.called)}</strong>
              <span>{effectWords(row)}</span>
            </p>
            <Bar row={row} threshold={decision.threshold} />
            {row.evidence.map((evidence) => (
              <p key={evidence.text} class="quiet">
                {evidence.from === 'fact' ? factWords(evidence) : <Quote text={evidence.text} />}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The words beside it say the same, so who cannot see it misses nothing. */
function Bar({ row, threshold }: { row: Row; threshold: number }) {
  const isMood = row.effect === 'lowers_threshold';
  const isMeasured = row.effect === 'escalates' || row.effect === 'too_weak' || row.effect === 'declined';
  return (
    <span class="bar" aria-hidden="true">
      <span style={{ inlineSize: `${Math.min(1, row.counts) * 100}%` }} class={isMood ? 'lowers' : ''} />
      {isMeasured && <i style={{ insetInlineStart: `${threshold * 100}%` }} />}
    </span>
  );
}

function effectWords(row: Row): string {
  const effect = say(`why_effect_${row.effect}`);
  if (row.effect === 'lowers_threshold') return `${effect} ${words.percent(row.counts)}`;
  const seen = say('why_seen', { share: words.percent(row.strength) });
  const counts = row.isWeighed ? [say('why_counts', { share: words.percent(row.counts) })] : [];
  return [effect, seen, ...counts].join(' · ');
}

function Changes({ decision }: { decision: Decision }) {
  const changes = changesOf(decision);
  if (!changes.length) return null;
  return (
    <section>
      <h3>{say('why_changes')}</h3>
      <ul class="changes">
        {changes.map((changed, index) => (
          <li key={index}>{changeWords(changed)}</li>
        ))}
      </ul>
    </section>
  );
}

function changeWords({ kind, reasons, strength, action }: Changed): string {
  return say(`why_change_${kind}`, {
    reasons: words.list(reasons.map(calledWords)),
    share: words.percent(strength),
    action: say(`why_would_${action}`),
  });
}

function calledWords(called: Called): string {
  return 'rule' in called ? called.rule : triggerWords(called.trigger);
}

function knownWords(known: Known): string {
  switch (known.fact) {
    case 'vip':
      return say('yes');
    case 'signed_up':
      return words.date(known.at);
    case 'answerable':
      return words.percent(known.share);
    case 'moods':
      return words.list(known.shares.map((share) => words.percent(share)));
    case 'declined':
      return triggersWords(known.triggers);
    case 'plan':
    case 'inbox':
    case 'language':
      return known.text;
    default:
      return words.number(known.count);
  }
}
