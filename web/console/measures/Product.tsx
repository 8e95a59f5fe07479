// What is no matter for support (P38): topics whose handovers agents could not settle, with
// examples to read.

import type { Product } from '../api';
import { Quote } from '../bits';
import { figureOf, turnOf, type Wanted } from '../models/measures';
import { say, words } from '../words';
import { behindAddress, Block, intervalWords } from './bits';
import { nameOfValue } from './Page';

type Topic = Product['topics'][number];

export function ProductView({ product, wanted }: { product: Product; wanted: Wanted }) {
  const { unsettled } = product.all;
  const figure = figureOf(unsettled.n, unsettled.share);
  return (
    <Block title={say('product_title')} hint={say('product_words')}>
      {!product.is_whole && <p class="quiet">{say('dash_counting')}</p>}
      {product.topics.length === 0 && product.is_whole && <p>{say('product_none')}</p>}
      {unsettled.k > 0 && (
        <p>
          <strong>{figure.kind === 'share' ? words.percent(figure.share) : say('measure_few')}</strong>{' '}
          {say('product_of', { k: words.number(unsettled.k), n: words.number(unsettled.n) })}{' '}
          <span class="quiet">{figure.kind === 'share' && intervalWords(unsettled)}</span>{' '}
          <a href={behindAddress(wanted, 'unsettled')}>
            {say('dash_behind')}
            <span class="hidden">: {say('behind_unsettled')}</span>
          </a>
        </p>
      )}
      <ol class="plain gaps">
        {product.topics.map((topic) => (
          <li key={topic.topic}>
            <Matter topic={topic} wanted={wanted} />
          </li>
        ))}
      </ol>
    </Block>
  );
}

function Matter({ topic, wanted }: { topic: Topic; wanted: Wanted }) {
  const { unsettled, signs } = topic.settled;
  const figure = figureOf(unsettled.n, unsettled.share);
  const beside = turnOf(topic.beside_others);
  const isMore = (beside.kind === 'up' || beside.kind === 'down') && beside.isReal;
  const name = nameOfValue('topic', topic.topic, null);
  return (
    <section class="tile">
      <h3 dir="auto">{name}</h3>
      <p>
        <strong>{figure.kind === 'share' ? words.percent(figure.share) : say('measure_few')}</strong>{' '}
        {say('product_of', { k: words.number(unsettled.k), n: words.number(unsettled.n) })}{' '}
        <span class="quiet">{figure.kind === 'share' && intervalWords(unsettled)}</span>
      </p>
      {isMore && <p class="turn real">{say(`product_${beside.kind}`, { points: words.number(beside.points) })}</p>}
      <p class="quiet">
        {words.list(signs.map(({ sign, n }) => say('product_sign', { sign: say(`sign_${sign}`), n: words.number(n) })))}
        {' · '}
        {say('product_minutes', { n: words.number(topic.agent_minutes) })}
      </p>
      <ul class="plain">
        {topic.examples.map((example) => (
          <li key={example.conversation_id}>
            <a href={`#/conversations/${example.conversation_id}`}>{example.subject ? <Quote text={example.subject} /> : say('erased')}</a>{' '}
            <span class="quiet">
              <time dateTime={example.opened_at}>{words.date(example.opened_at)}</time> · {words.list(example.signs.map((sign) => say(`sign_${sign}`)))}
            </span>
          </li>
        ))}
      </ul>
      <p>
        <a href={behindAddress(wanted, 'unsettled', { topic: topic.topic })}>
          {say('product_all', { n: words.number(unsettled.k) })}
          <span class="hidden">: {name}</span>
        </a>
      </p>
    </section>
  );
}
