// What the agent reads in ten seconds: who, what, why here, what was tried, what to
// try, and the first message ready to send (P22 to P29).

import type { Detail, Package } from './api';
import type { Desk } from './models/desk';
import { moodOf } from './Rail';
import { say, triggerWords, words } from './words';

interface Props {
  desk: Desk;
  open: Detail;
}

export function PackageView({ desk, open }: Props) {
  const { package: received } = open;
  return (
    <>
      {received && desk.mine && open.introduction && <Introduction desk={desk} introduction={open.introduction} />}
      <Who open={open} />
      {received ? (
        <>
          <section>
            <h2>{say('issue')}</h2>
            <p class="issue" dir="auto">
              {received.assessment.issue}
            </p>
            <Mood mood={received.assessment.mood} />
          </section>
          <Reasons desk={desk} reasons={received.assessment.reasons} />
          <Tried attempts={received.attempts} />
          <NextSteps steps={received.next_steps} />
          <Earlier desk={desk} earlier={received.customer.earlier} />
        </>
      ) : (
        <p class="quiet">{say('no_package')}</p>
      )}
    </>
  );
}

function Introduction({ desk, introduction }: { desk: Desk; introduction: NonNullable<Detail['introduction']> }) {
  const id = desk.open?.item.conversation_id ?? '';
  return (
    <section class="introduction">
      <h2>{say('introduction')}</h2>
      <p class="draft" dir="auto">
        {introduction.text}
      </p>
      {introduction.faults.length ? (
        <ul class="fault">
          {introduction.faults.map((fault) => (
            <li key={fault}>{say(`fault_${fault}`)}</li>
          ))}
        </ul>
      ) : (
        <p class="good">{say('introduction_checked')}</p>
      )}
      <div class="actions">
        <button type="button" class="primary" onClick={() => void desk.send(introduction.text)}>
          {say('introduction_send')} <kbd>Shift+I</kbd>
        </button>
        <button
          type="button"
          onClick={() => {
            desk.write(id, { text: introduction.text, private: false });
            desk.set({ tab: 'talk' });
            setTimeout(() => document.getElementById('composer')?.focus());
          }}
        >
          {say('introduction_edit')} <kbd>i</kbd>
        </button>
      </div>
    </section>
  );
}

function Who({ open }: { open: Detail }) {
  const { contact } = open;
  const since = open.package?.customer.signed_up_at;
  const attributes = Object.entries(open.package?.customer.attributes ?? {});
  return (
    <section class="who">
      <h2>{say('who')}</h2>
      <p class="strong">
        {contact.name ?? say('visitor')} {contact.vip && <span class="tag">{say('vip')}</span>}
      </p>
      <p class="quiet">
        {[contact.email, contact.plan && say('plan', { plan: contact.plan }), since && say('since', { date: words.date(since) })]
          .filter(Boolean)
          .join(' · ') || say('unknown_contact')}
      </p>
      {attributes.map(([name, value]) => (
        <p key={name} class="quiet">
          {name}: {value}
        </p>
      ))}
    </section>
  );
}

function Mood({ mood }: { mood: Package['assessment']['mood'] }) {
  const width = Math.max(1, mood.trend.length - 1) * 16;
  const points = mood.trend.map((value, index) => `${index * 16},${20 - value * 18}`).join(' ');
  return (
    <p class={`mood mood-${moodOf(mood.strength)}`}>
      {say(`mood_${moodOf(mood.strength)}`)}
      {mood.trigger && ` (${triggerWords(mood.trigger)})`}
      {mood.trend.length > 1 && (
        <svg viewBox={`-2 0 ${width + 4} 22`} width={width + 4} height="22" role="img" aria-label={trendWords(mood.trend)}>
          <polyline points={points} fill="none" stroke="currentColor" stroke-width="2" />
        </svg>
      )}
    </p>
  );
}

function trendWords(trend: number[]): string {
  const [first = 0] = trend;
  const last = trend[trend.length - 1] ?? 0;
  if (last > first + 0.15) return say('trend_worse');
  return last < first - 0.15 ? say('trend_better') : say('trend_same');
}

function Reasons({ desk, reasons }: { desk: Desk; reasons: Package['assessment']['reasons'] }) {
  const led = reasons.filter((reason) => reason.effect !== 'lowers_threshold' && reason.effect !== 'declined');
  return (
    <section>
      <h2>{say('why')}</h2>
      <ul class="plain">
        {led.map((reason) => (
          <li key={reason.trigger + reason.effect}>
            <span class="strong">{triggerWords(reason.trigger)}</span>
            {reason.evidence.map((evidence) =>
              evidence.from === 'words' && evidence.message_id ? (
                <button
                  key={evidence.text}
                  type="button"
                  class="link evidence"
                  onClick={() => desk.highlight(evidence.message_id ?? null)}
                >
                  “{evidence.text}”
                </button>
              ) : (
                <span key={evidence.text} class="evidence quiet">
                  {evidence.from === 'words' ? `“${evidence.text}”` : evidence.text}
                </span>
              ),
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tried({ attempts }: { attempts: Package['attempts'] }) {
  return (
    <section>
      <h2>{say('tried')}</h2>
      {!attempts.length && <p class="quiet">{say('tried_nothing')}</p>}
      <ol class="tried">
        {attempts.map((attempt) => (
          <li key={attempt.id}>
            <span class={`tag ${attempt.outcome}`}>{say(`outcome_${attempt.outcome}`)}</span>{' '}
            <span class="strong">{attempt.article_title ?? ''}</span> <span class="quiet">{words.time(attempt.at)}</span>
            <p dir="auto">{attempt.suggestion}</p>
            {attempt.outcome_words && (
              <p class="quiet" dir="auto">
                “{attempt.outcome_words}”
              </p>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function NextSteps({ steps }: { steps: Package['next_steps'] }) {
  return (
    <section>
      <h2>{say('next')}</h2>
      {!steps.length && <p class="quiet">{say('next_nothing')}</p>}
      <ol>
        {steps.map((step) => (
          <li key={step.text}>
            {step.text} <span class="quiet">({triggerWords(step.source)})</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Earlier({ desk, earlier }: { desk: Desk; earlier: Package['customer']['earlier'] }) {
  if (!earlier.length) return null;
  return (
    <section>
      <h2>{say('earlier')}</h2>
      <ul class="plain">
        {earlier.map((one) => (
          <li key={one.conversation_id}>
            <button type="button" class="link" onClick={() => void desk.show(one.conversation_id)}>
              {one.subject}
            </button>{' '}
            <span class="quiet">
              {words.date(one.opened_at)} · {say(`ended_${one.outcome}`)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
