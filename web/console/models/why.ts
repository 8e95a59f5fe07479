// Why the assistant did what it did: the decisions of a conversation, and how each is
// told. Nothing is decided here; what would have changed a decision was found by the
// server, which decided again.

import { type Action, type Api, type Decision, type DecisionShown, Refusal } from '../api';

export class Why {
  /** The conversation that is asked about. */
  id: string | null = null;
  decisions: DecisionShown[] | null = null;
  state: 'idle' | 'loading' | 'unreachable' | 'missing' = 'idle';

  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  async load(id: string): Promise<void> {
    // Another conversation's reasons must not stand there meanwhile.
    if (id !== this.id) this.decisions = null;
    this.id = id;
    this.state = 'loading';
    this.#onChange();
    try {
      const { decisions } = await this.#api.decisions(id);
      if (this.id !== id) return;
      this.decisions = decisions;
      this.state = 'idle';
    } catch (error) {
      if (this.id !== id) return;
      this.state = error instanceof Refusal && error.status === 404 ? 'missing' : 'unreachable';
    }
    this.#onChange();
  }
}

type Reason = Decision['reasons'][number];

/** What a reason is called: a trigger, or the name that the operator gave a rule. */
export type Called = { trigger: string } | { rule: string };

/** One reason as it is drawn. */
export interface Row {
  called: Called;
  /** How strongly it was seen, 0..1. */
  strength: number;
  effect: Reason['effect'];
  /** What it came to against the threshold, 0..1; of a mood what it takes off it. */
  counts: number;
  /** Whether a weight made that something else than the strength. */
  isWeighed: boolean;
  evidence: Reason['evidence'];
}

export function rowsOf(decision: Decision): Row[] {
  return decision.reasons.map((reason) => {
    const { strength, effect, evidence, contribution = strength } = reason;
    const lowers = effect === 'lowers_threshold';
    return {
      called: reason.rule ? { rule: reason.rule } : { trigger: reason.trigger },
      strength,
      effect,
      counts: Math.abs(contribution),
      isWeighed: !lowers && contribution > 0 && Math.abs(contribution - strength) > 0.005,
      evidence,
    };
  });
}

/** How the strongest reason stood against what it had to reach. */
export type Standing = 'reached' | 'short' | 'none';

export function standingOf(decision: Decision): Standing {
  if (decision.margin >= 0 && decision.action === 'escalate') return 'reached';
  return decision.score > 0 ? 'short' : 'none';
}

/** By how much a mood lowered the threshold; 0 where it did not. */
export function loweredOf(decision: Decision): number {
  const { calm_threshold = decision.threshold, threshold } = decision;
  return Math.max(0, calm_threshold - threshold);
}

/** Something that would have changed the decision. */
export interface Changed {
  kind: 'without' | 'calm_mood' | 'worst_mood' | 'stronger';
  reasons: Called[];
  strength: number;
  action: Action;
}

export function changesOf(decision: Decision): Changed[] {
  return (decision.would_change ?? []).map(({ change, action }) => {
    const changed: Changed = { kind: change.kind, reasons: [], strength: 0, action };
    if (change.kind === 'without') changed.reasons = change.reasons.map((name) => called(decision, name));
    if (change.kind === 'stronger') {
      changed.reasons = [{ trigger: change.trigger }];
      changed.strength = change.strength;
    }
    return changed;
  });
}

/** The server names triggers and the operator's own rules in one list. */
function called(decision: Decision, name: string): Called {
  return decision.reasons.some((reason) => reason.rule === name) ? { rule: name } : { trigger: name };
}

/** A fact that was known: its name is the end of a key in the words. */
export type Known =
  | { fact: 'inbox' | 'plan' | 'language'; text: string }
  | { fact: 'vip'; yes: true }
  | { fact: 'signed_up'; at: string }
  | { fact: 'answerable'; share: number }
  | { fact: 'same_issue' | 'answers' | 'failed_answers' | 'abstentions' | 'policy'; count: number }
  | { fact: 'moods'; shares: number[] }
  | { fact: 'declined'; triggers: string[] };

/** The facts that say something; what is nothing is left out. */
export function knownOf({ facts, decision }: DecisionShown): Known[] {
  const known: Known[] = [];
  if (facts.plan) known.push({ fact: 'plan', text: facts.plan });
  if (facts.vip) known.push({ fact: 'vip', yes: true });
  if (facts.signed_up_at) known.push({ fact: 'signed_up', at: facts.signed_up_at });
  if (facts.same_issue) known.push({ fact: 'same_issue', count: facts.same_issue });
  if (facts.answerable !== null) known.push({ fact: 'answerable', share: facts.answerable });
  known.push({ fact: 'answers', count: facts.answers });
  if (facts.answers) known.push({ fact: 'failed_answers', count: facts.failed_answers });
  if (facts.abstentions) known.push({ fact: 'abstentions', count: facts.abstentions });
  if (facts.moods.length) known.push({ fact: 'moods', shares: facts.moods });
  if (facts.declined.length) known.push({ fact: 'declined', triggers: facts.declined });
  if (facts.language) known.push({ fact: 'language', text: facts.language });
  if (facts.inbox) known.push({ fact: 'inbox', text: facts.inbox });
  known.push({ fact: 'policy', count: decision.policy_version });
  return known;
}
