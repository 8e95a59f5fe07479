// What the articles leave open, what it costs, and the way to close it: a draft from what agents
// said, a human who approves it, and the questions asked again.

import { useEffect, useState } from 'preact/hooks';
import type { GapFound, GapShown, GapTried } from '../api';
import { Quote } from '../bits';
import type { Desk } from '../models/desk';
import { Gaps } from '../models/gaps';
import { queryOf, type Wanted } from '../models/measures';
import { say, words } from '../words';
import { Block } from './bits';
import { Shown } from './Page';

/** How often a better wording is looked for. */
const BETTER_MS = 3_000;

export function GapsView({ desk, wanted }: { desk: Desk; wanted: Wanted }) {
  const [gaps] = useState(() => new Gaps(desk.api, () => desk.changed(), (error) => desk.fail(error)));
  const query = queryOf({ ...wanted, filters: {} });
  useEffect(() => void gaps.list.want(query), [query]);
  useEffect(() => void gaps.openNamed(wanted.draft), [wanted.draft, gaps.list.state]);
  return (
    <>
      {gaps.tried && <Draft key={gaps.tried.gap.id} tried={gaps.tried} gaps={gaps} />}
      <Shown of={gaps.list.state}>
        {({ gaps: found, drafts, is_whole }) => (
          <>
            <Block title={say('gaps_open')} hint={say('gaps_words')}>
              {!is_whole && <p class="quiet">{say('dash_counting')}</p>}
              {found.length === 0 && is_whole && <p>{say('gaps_none')}</p>}
              <ol class="plain gaps">
                {found.map((gap) => (
                  <li key={`${gap.questions[0]?.conversation_id} ${gap.questions[0]?.seq}`}>
                    <Found gap={gap} gaps={gaps} />
                  </li>
                ))}
              </ol>
            </Block>
            {drafts.length > 0 && (
              <Block title={say('gaps_done')}>
                <ul class="plain">
                  {drafts.map((gap) => (
                    <li key={gap.id}>
                      <Known gap={gap} gaps={gaps} />
                    </li>
                  ))}
                </ul>
              </Block>
            )}
          </>
        )}
      </Shown>
    </>
  );
}

function Found({ gap, gaps }: { gap: GapFound; gaps: Gaps }) {
  return (
    <section class="tile">
      <h3>
        <Quote text={gap.question} />
      </h3>
      <p>
        {say('gaps_cost', {
          asked: words.number(gap.asked), week: words.number(gap.asked_last_week),
          handoffs: words.number(gap.handoffs), minutes: words.number(gap.agent_minutes),
        })}
      </p>
      {gap.examples.length > 0 && (
        <details>
          <summary>{say('gaps_examples', { n: words.number(gap.asked - 1) })}</summary>
          <ul>
            {gap.examples.map((example) => (
              <li key={example.conversation_id}>
                <a href={`#/conversations/${example.conversation_id}`}>
                  <Quote text={example.text} />
                </a>
              </li>
            ))}
          </ul>
        </details>
      )}
      <p>
        {gap.answered > 0 ? (
          <button type="button" disabled={gaps.isBusy} onClick={() => void gaps.draft(gap)}>
            {say('gaps_draft')}
            <span class="hidden">: {gap.question}</span>
          </button>
        ) : (
          <span class="quiet">{say('gaps_no_answers')}</span>
        )}
      </p>
    </section>
  );
}

function Known({ gap, gaps }: { gap: GapShown; gaps: Gaps }) {
  if (!gap.is_closed) {
    return (
      <p>
        {say('gaps_drafted', { title: gap.draft.title, n: words.number(gap.questions) })}{' '}
        <button type="button" class="link" disabled={gaps.isBusy} onClick={() => void gaps.open(gap)}>
          {say('gaps_go_on')}
          <span class="hidden">: {gap.draft.title}</span>
        </button>
      </p>
    );
  }
  const { result } = gap;
  return (
    <p>
      <time dateTime={gap.changed_at}>{words.date(gap.changed_at)}</time>:{' '}
      {result && say('gaps_closed', { answered: words.number(result.answered), of: words.number(result.of), before: words.number(result.before) })}{' '}
      <a href="#/settings/articles">{say('gaps_article')}</a>
    </p>
  );
}

function Draft({ tried, gaps }: { tried: GapTried; gaps: Gaps }) {
  const { gap, asked } = tried;
  const [title, setTitle] = useState(gap.draft.title);
  const [text, setText] = useState(gap.draft.text);
  const [tags, setTags] = useState(gap.draft.tags.join(', '));
  const answered = asked.filter((it) => it.answered).length;
  const before = asked.filter((it) => it.before).length;
  const { better, awaitsBetter } = gaps;
  useEffect(() => {
    if (!awaitsBetter) return;
    const timer = setInterval(() => void gaps.look(), BETTER_MS);
    return () => clearInterval(timer);
  }, [awaitsBetter]);
  const article = () => ({ title, text, tags: tags.split(',').map((tag) => tag.trim()).filter(Boolean) });
  return (
    <section class="block draft" aria-label={say('gaps_draft_title')}>
      <h2>{say('gaps_draft_title')}</h2>
      <p role="status">
        <strong>{say(gap.is_closed ? 'gaps_now_answered' : 'gaps_would_answer', { answered: words.number(answered), of: words.number(asked.length) })}</strong>{' '}
        {before > 0 && say('gaps_before', { before: words.number(before) })}
      </p>
      {gap.is_closed ? (
        <p>
          <button type="button" onClick={() => gaps.close()}>
            {say('back')}
          </button>
        </p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void gaps.approve(gap.id, article());
          }}
        >
          <label for="gap-title">{say('article_title')}</label>
          <input id="gap-title" required value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
          <label for="gap-tags">{say('article_tags')}</label>
          <input id="gap-tags" value={tags} onInput={(event) => setTags(event.currentTarget.value)} />
          <label for="gap-text">{say('article_text')}</label>
          <textarea id="gap-text" required rows={10} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          <p class="quiet">{say('gaps_check')}</p>
          {awaitsBetter && <p class="quiet">{say('gaps_better_awaited')}</p>}
          {better && (
            <details open>
              <summary>{say('gaps_better', { model: better.model })}</summary>
              <p dir="auto" class="better">
                {better.text}
              </p>
              <button type="button" disabled={text === better.text} onClick={() => setText(better.text)}>
                {say('gaps_better_take')}
              </button>
            </details>
          )}
          <p>
            {say('gaps_sources')}{' '}
            {gap.draft.sources.map((id, index) => (
              <a key={id} href={`#/conversations/${id}`}>
                {words.number(index + 1)}{' '}
              </a>
            ))}
          </p>
          <div class="deeds">
            <button type="submit" class="primary" disabled={gaps.isBusy}>
              {say('gaps_approve')}
            </button>
            <button type="button" disabled={gaps.isBusy} onClick={() => void gaps.change(gap.id, article())}>
              {say('gaps_try')}
            </button>
            <button type="button" disabled={gaps.isBusy} onClick={() => void gaps.drop(gap.id)}>
              {say('gaps_drop')}
            </button>
            <button type="button" class="link" onClick={() => gaps.close()}>
              {say('gaps_later')}
            </button>
          </div>
        </form>
      )}
      <details>
        <summary>{say('gaps_asked_again', { n: words.number(asked.length) })}</summary>
        <ul>
          {asked.map((it, index) => (
            <li key={index}>
              {it.answered ? '✓' : '–'} <span class="hidden">{say(it.answered ? 'gaps_yes' : 'gaps_no')}</span>{' '}
              <a href={`#/conversations/${it.conversation_id}`}>
                <Quote text={it.text} />
              </a>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
