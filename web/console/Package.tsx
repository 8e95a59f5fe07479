// What the agent reads in ten seconds: who, what, in what mood, why here, what was
// tried and how it went, what to try (P22 to P26).

import type { Item, Package, Provenance, SimilarShown } from './api';
import type { TalkProps } from './Conversation';
import { FilesShown } from './Files';
import { FromOthers } from './Hands';
import { Face, Key, Mood, nameOf } from './bits';
import type { Desk } from './models/desk';
import { moodOf, trendOf } from './models/floor';
import { factWords, say, stepWords, triggersWords, triggerWords, words } from './words';

export function PackageView({ desk, talk }: TalkProps) {
  const received = talk.detail?.package;
  return (
    <>
      <Who desk={desk} talk={talk} />
      {received ? (
        <>
          <What desk={desk} received={received} />
          <FromOthers received={received} />
          <Reasons desk={desk} assessment={received.assessment} />
          <Tried desk={desk} attempts={received.attempts} />
          <NextSteps steps={received.next_steps} />
          <ToldWaiting desk={desk} talk={talk} />
          <Sent talk={talk} />
          <Known desk={desk} talk={talk} received={received} />
          <Activity events={received.customer.events} />
          <Similar cases={talk.detail?.similar ?? []} />
          <Earlier earlier={received.customer.earlier} />
          <Missing received={received} />
        </>
      ) : (
        <>
          <NoPackage reasons={talk.item.reasons} />
          <Sent talk={talk} />
        </>
      )}
      {desk.isLead && !talk.item.erased && talk.detail && <Dedicated desk={desk} talk={talk} />}
      {desk.isLead && !talk.item.erased && <PersonalData talk={talk} />}
      <p>
        <a href={`#/conversations/${talk.id}/why`}>{say('why_open')}</a> <Key name="w" />
      </p>
    </>
  );
}

/** The issue in the customer's words, which lead to where they stand, and the mood. */
function What({ desk, received }: { desk: Desk; received: Package }) {
  const { issue, mood } = received.assessment;
  const from = sourceOf(received, '/assessment/issue');
  const message_id = from?.from === 'customer' ? (from.message_id ?? null) : null;
  const isThere = !!issue && !!desk.open?.find(issue, message_id);
  return (
    <section class="what">
      <h3>{say('issue')}</h3>
      <p class="issue" dir="auto">
        {isThere ? (
          <button type="button" class="link" title={say('show_there')} onClick={() => desk.point(issue.replace(/…$/, ''), message_id)}>
            {issue}
          </button>
        ) : (
          issue || say('missing_issue')
        )}
      </p>
      <MoodLine mood={mood} />
    </section>
  );
}

/** Where a part comes from: what is said of it, or of the nearest thing that holds it. */
function sourceOf(received: Package, pointer: string): Provenance | null {
  const provenance = received.provenance as Record<string, Provenance>;
  for (let at = pointer; at; at = at.slice(0, at.lastIndexOf('/'))) {
    const found = provenance[at];
    if (found) return found;
  }
  return null;
}

/** Where something comes from, in words; nothing where that is unknown. */
function sourceWords(from: Provenance | null): string {
  if (!from) return '';
  return say(`from_${from.from}`, from.from === 'look_up' ? { name: from.name } : {});
}

/** What the customer was asked while they waited, and said (P31). */
function ToldWaiting({ desk, talk }: TalkProps) {
  const { told } = talk;
  if (!told.length) return null;
  return (
    <section>
      <h3>{say('told')}</h3>
      <dl class="attributes">
        {told.map(({ detail, text, message_id }) => (
          <div key={message_id}>
            <dt>{say(`detail_${detail}`)}</dt>
            <dd>
              <button type="button" class="link" title={say('show_there')} onClick={() => desk.point('', message_id)}>
                <span dir="auto">{text}</span>
              </button>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The files of the conversation, those too that came after the handoff (P46). */
function Sent({ talk }: Pick<TalkProps, 'talk'>) {
  const { files } = talk;
  if (!files.length) return null;
  return (
    <section>
      <h3>{say('files')}</h3>
      <FilesShown talk_id={talk.id} files={files} />
    </section>
  );
}

/** Who looks after this customer (P11); leads choose. */
function Dedicated({ desk, talk }: TalkProps) {
  const agents = desk.shift.floor?.agents ?? [];
  return (
    <section>
      <h3 id="dedicated-title">{say('dedicated')}</h3>
      <select
        aria-labelledby="dedicated-title"
        aria-describedby="dedicated-words"
        value={talk.detail?.dedicated_agent_id ?? ''}
        onChange={(event) => void desk.setDedicated(talk, event.currentTarget.value || null)}
      >
        <option value="">{say('dedicated_none')}</option>
        {agents.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <p class="quiet" id="dedicated-words">
        {say('dedicated_words')}
      </p>
    </section>
  );
}

/** Where all that is kept of them is seen and, by an admin, handed out or erased (P48). */
function PersonalData({ talk }: Pick<TalkProps, 'talk'>) {
  return (
    <section>
      <h3>{say('personal_data')}</h3>
      <p class="deeds">
        <a href={`#/contacts/${talk.item.contact.id}`}>{say('contact_all')}</a>
      </p>
    </section>
  );
}

/** Not handed over, or so long ago that only the reasons are kept. */
function NoPackage({ reasons }: { reasons: Item['reasons'] }) {
  if (!reasons.length) return <p class="quiet">{say('no_package')}</p>;
  return (
    <section>
      <h3>{say('why')}</h3>
      <p>{triggersWords(reasons)}</p>
    </section>
  );
}

function Who({ desk, talk }: TalkProps) {
  const contact = talk.detail?.contact ?? talk.item.contact;
  const since = talk.detail?.package?.customer.signed_up_at;
  // What a look-up found stands in the package, not in the contact.
  const received = talk.detail?.package?.customer;
  const plan = contact.plan || received?.plan;
  const isVip = contact.vip || received?.vip;
  const { inboxes = [] } = desk.shift.floor ?? {};
  const inbox = inboxes.length > 1 && inboxes.find(({ id }) => id === talk.item.inbox_id);
  const facts = [plan && say('plan', { plan }), since && say('since', { date: words.date(since) })];
  const known = facts.filter((fact) => !!fact);
  return (
    <section class="who">
      <Face name={contact.name ?? contact.email ?? ''} />
      <div>
        <h2 id="package" tabIndex={-1}>
          {nameOf(talk.item)} {isVip && <span class="tag vip">{say('vip')}</span>}
        </h2>
        {inbox && (
          <p class="quiet">
            {say('inbox')}: <span dir="auto">{inbox.name}</span>
          </p>
        )}
        {contact.email && (
          <p class="quiet" dir="ltr">
            {contact.email}
          </p>
        )}
        {known.length > 0 && <p class="quiet">{known.join(' · ')}</p>}
        {!known.length && !contact.email && <p class="quiet">{say('unknown_contact')}</p>}
      </div>
    </section>
  );
}

/** The mood now, its colour, and where it went over the customer's turns. */
function MoodLine({ mood }: { mood: Package['assessment']['mood'] }) {
  const trend = trendOf(mood.trend);
  return (
    <p class={`mood-line mood-${moodOf(mood.strength)}`}>
      <Mood strength={mood.strength} />
      <strong aria-hidden="true">{say(`mood_${moodOf(mood.strength)}`)}</strong>
      {mood.trigger && moodOf(mood.strength) !== 'calm' && <span>{triggerWords(mood.trigger)}</span>}
      {trend && <Trend turns={mood.trend} />}
      {trend && <span>{say(`trend_${trend}`)}</span>}
    </p>
  );
}

function Trend({ turns }: { turns: number[] }) {
  const shown = turns.slice(-12);
  const width = (shown.length - 1) * 14;
  const at = (value: number, index: number) => [index * 14, 18 - value * 16] as const;
  const [x, y] = at(shown.at(-1) ?? 0, shown.length - 1);
  return (
    <svg class="trend" viewBox={`-3 -1 ${width + 6} 22`} width={width + 6} height="22" aria-hidden="true">
      <polyline points={shown.map((value, index) => at(value, index).join(',')).join(' ')} />
      <circle cx={x} cy={y} r="2.5" />
    </svg>
  );
}

/** Reasons that led here; what only lowered the threshold was told by the mood. */
function Reasons({ desk, assessment }: { desk: Desk; assessment: Package['assessment'] }) {
  const led = assessment.reasons.filter(({ effect }) => effect !== 'lowers_threshold' && effect !== 'declined');
  return (
    <section>
      <h3>{say('why')}</h3>
      {!led.length && <p>{assessment.reasons.length ? triggerWords('request.human') : say('why_taken_over')}</p>}
      <ul class="reasons">
        {led.map((reason) => (
          <li key={reason.trigger + reason.effect}>
            <strong>{triggerWords(reason.trigger)}</strong>
            {telling(reason.evidence).map((evidence) => (
              <EvidenceShown key={evidence.text} desk={desk} evidence={evidence} />
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

type Evidence = Package['assessment']['reasons'][number]['evidence'][number];

/** Words that stand inside longer words say nothing more. */
function telling(evidence: Evidence[]): Evidence[] {
  return evidence.filter((one) => !evidence.some((other) => other !== one && other.text.length > one.text.length && other.text.includes(one.text)));
}

/** The customer's words lead to where they stand; a fact only says itself. */
function EvidenceShown({ desk, evidence }: { desk: Desk; evidence: Evidence }) {
  if (evidence.from === 'fact') return <span class="quiet">{factWords(evidence)}</span>;
  const { text, message_id } = evidence;
  if (!desk.open?.find(text, message_id ?? null)) return <q class="quiet">{text}</q>;
  return (
    <button type="button" class="link" title={say('show_there')} onClick={() => desk.point(text, message_id ?? null)}>
      <q dir="auto">{text}</q>
    </button>
  );
}

function Tried({ desk, attempts }: { desk: Desk; attempts: Package['attempts'] }) {
  return (
    <section>
      <h3>{say('tried')}</h3>
      {!attempts.length && <p class="quiet">{say('tried_nothing')}</p>}
      <ol class="tried">
        {attempts.map((attempt) => (
          <li key={attempt.id}>
            <p class="tried-head">
              <span class={`tag outcome ${attempt.outcome}`}>{say(`outcome_${attempt.outcome}`)}</span>
              <time class="quiet" dateTime={attempt.at}>
                {words.time(attempt.at)}
              </time>
            </p>
            <button type="button" class="link" title={say('show_there')} onClick={() => desk.point('', attempt.message_id)}>
              {attempt.article_title ?? say('an_answer')}
            </button>
            <p class="tried-text" dir="auto">
              {attempt.suggestion}
            </p>
            {attempt.outcome_words && <Said desk={desk} text={attempt.outcome_words} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The customer's words on how it went lead to where they stand. */
function Said({ desk, text }: { desk: Desk; text: string }) {
  if (!desk.open?.find(text, null)) return <q dir="auto">{text}</q>;
  return (
    <button type="button" class="link" title={say('show_there')} onClick={() => desk.point(text, null)}>
      <q dir="auto">{text}</q>
    </button>
  );
}

function NextSteps({ steps }: { steps: Package['next_steps'] }) {
  return (
    <section>
      <h3>{say('next')}</h3>
      {!steps.length && <p class="quiet">{say('next_nothing')}</p>}
      <ol class="next">
        {steps.map((step) => (
          <li key={step.text}>
            <span dir="auto">{stepWords(step)}</span> <StepSource step={step} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function StepSource({ step }: { step: Package['next_steps'][number] }) {
  if (step.conversation_id) {
    return (
      <a class="quiet" href={`#/conversations/${step.conversation_id}`}>
        {say('step_from_similar')}
      </a>
    );
  }
  return (
    <span class="quiet" dir="auto">
      {triggerWords(step.source)}
      {step.model && ` · ${say('step_by_model')}`}
    </span>
  );
}

/** What is known of the account, each with where it comes from, and how the look-up stands. */
function Known({ desk, talk, received }: TalkProps & { received: Package }) {
  const { customer, look_up } = received;
  const attributes = Object.entries(customer.attributes as Record<string, string>);
  if (!attributes.length && !look_up) return null;
  return (
    <section>
      <h3>{say('known')}</h3>
      {attributes.length > 0 && (
        <dl class="attributes">
          {attributes.map(([name, value]) => {
            const escaped = name.replaceAll('~', '~0').replaceAll('/', '~1');
            const source = sourceWords(sourceOf(received, `/customer/attributes/${escaped}`));
            return (
              <div key={name} title={source}>
                <dt dir="auto">{name}</dt>
                <dd>
                  <span dir="auto">{value}</span>
                  <span class="hidden">, {source}</span>
                </dd>
              </div>
            );
          })}
        </dl>
      )}
      {look_up && <LookedUp desk={desk} talk={talk} look_up={look_up} />}
    </section>
  );
}

function LookedUp({ desk, talk, look_up }: TalkProps & { look_up: NonNullable<Package['look_up']> }) {
  const { name, state, at, fault, is_vouched } = look_up;
  const values = { name, time: words.time(at), why: fault ? say(`look_up_fault_${fault}`) : '' };
  return (
    <div class="looked-up">
      <p role="status" class={state === 'failed' ? 'fault' : 'quiet'}>
        {say(`looked_${state}`, values)}{' '}
        {state !== 'pending' && state !== 'not_asked' && state !== 'removed' && (
          <button type="button" class="link" onClick={() => void desk.lookUpAgain(talk)}>
            {say('looked_again')}
          </button>
        )}
      </p>
      {state === 'found' && !is_vouched && <p class="notice warn">{say('looked_unvouched')}</p>}
    </div>
  );
}

/** What happened lately, as the site and programs tell it. */
function Activity({ events }: { events: Package['customer']['events'] | undefined }) {
  if (!events?.length) return null;
  return (
    <section>
      <h3>{say('activity')}</h3>
      <ul class="earlier">
        {events.map((event) => (
          <li key={`${event.at} ${event.name} ${event.detail}`}>
            <span dir="auto">
              {event.name}
              {event.detail && <span class="quiet"> {event.detail}</span>}
            </span>
            <span class="quiet" title={say(`from_${event.told_by}`)}>
              {words.date(event.at)}, {words.time(event.at)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How conversations about the like were solved, of those that this agent may see. */
function Similar({ cases }: { cases: SimilarShown[] }) {
  if (!cases.length) return null;
  return (
    <section>
      <h3>{say('similar')}</h3>
      <ul class="earlier similar">
        {cases.map((one) => (
          <li key={one.conversation_id}>
            <a href={`#/conversations/${one.conversation_id}`} dir="auto">
              {one.issue}
            </a>
            <span dir="auto">{one.helped}</span>
            <span class="quiet">
              {words.date(one.ended_at)} · {say(`ended_${one.outcome}`)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Earlier({ earlier }: { earlier: Package['customer']['earlier'] }) {
  if (!earlier.length) return null;
  return (
    <section>
      <h3>{say('earlier')}</h3>
      <ul class="earlier">
        {earlier.map((one) => (
          <li key={one.conversation_id}>
            <a href={`#/conversations/${one.conversation_id}`} dir="auto">
              {one.subject || say('no_subject')}
            </a>
            <span class="quiet">
              {words.date(one.opened_at)} · {say(`ended_${one.outcome}`)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How complete it is; packages from before do not say. */
function Missing({ received }: { received: Package }) {
  if (received.version < 2) return null;
  const { score, missing } = received.completeness;
  return (
    <section class="missing">
      <h3>{say('missing')}</h3>
      <p>
        <meter min={0} max={1} value={score} aria-label={say('complete', { share: words.percent(score) })} />{' '}
        <span class="quiet" aria-hidden="true">
          {say('complete', { share: words.percent(score) })}
        </span>
      </p>
      <p>{missing.length ? words.list(missing.map((one) => say(`missing_${one}`))) : say('missing_nothing')}</p>
    </section>
  );
}
