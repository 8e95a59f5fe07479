// The messages that show that somebody had to say something again (P35): what stood before, and
// where it came again, each with the way to its place in the conversation.

import type { Repetition } from '../api';
import { Quote } from '../bits';
import { beforeWords } from '../models/measures';
import { say, words } from '../words';

type Quoted = Repetition['again'];

interface Props {
  evidence: Repetition[];
  conversation_id: string;
  /** The customer's name, where it is known. */
  customer: string;
}

export function EvidenceShown({ evidence, conversation_id, customer }: Props) {
  return (
    <ul class="plain evidence">
      {evidence.map(({ kind, again, before }) => (
        <li key={`${kind} ${again.seq} ${before?.seq ?? ''}`}>
          <dl>
            <dt>{say(beforeWords(kind, before !== null))}</dt>
            {before && (
              <dd>
                <Words quoted={before} conversation_id={conversation_id} customer={customer} />
              </dd>
            )}
            <dt>{say(`evidence_${kind}`)}</dt>
            <dd>
              <Words quoted={again} conversation_id={conversation_id} customer={customer} />
            </dd>
          </dl>
        </li>
      ))}
    </ul>
  );
}

function Words({ quoted, conversation_id, customer }: { quoted: Quoted; conversation_id: string; customer: string }) {
  const who = quoted.role === 'customer' ? customer : (quoted.name ?? say(`role_${quoted.role}`));
  return (
    <>
      {quoted.text ? <Quote text={quoted.text} /> : <span class="quiet">{say('erased')}</span>}{' '}
      <span class="quiet">
        <bdi>{who}</bdi>,{' '}
        <time dateTime={quoted.at}>
          {words.date(quoted.at)}, {words.time(quoted.at)}
        </time>
      </span>{' '}
      <a href={`#/conversations/${conversation_id}?at=${quoted.seq}`}>
        {say('evidence_open')}
        <span class="hidden">
          : {who}, {words.time(quoted.at)}
        </span>
      </a>
    </>
  );
}
