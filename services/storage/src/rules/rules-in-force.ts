import { internal, toStatusError, unavailable } from '@telestack/errors';
import type { AccessDefinition } from '@telestack/protos/telestack/docstore/v1/access.ts';
import { type Client, systemContext } from '@telestack/rpc';
import { compileRules, type Ruleset } from '@telestack/rules';

export interface RulesInForceOptions {
  readonly releases: Pick<Client<typeof AccessDefinition>, 'findRuleset'>;
  /** What holds for a bucket that nobody has deployed rules for. */
  readonly withoutRules: 'open' | 'closed';
  /** Dev: rules that were set for all projects at once, as with Firebase's emulator, count where a project has none. */
  readonly isEmulating: boolean;
}

/** Stands for all projects of a dev platform: Firebase's emulator is told of rules without a project. */
export const ANY_PROJECT = '*';

const TIMEOUT_MS = 5_000;
/** Buckets whose rules are kept compiled. */
const CAPACITY = 1_000;

interface Compiled {
  readonly id: string;
  readonly rules: Ruleset;
}

interface Question {
  readonly answer: Promise<Ruleset | 'open' | 'closed'>;
  /** For those who came while it was under way: releases may have changed since it was asked. */
  next?: Promise<Ruleset | 'open' | 'closed'>;
}

/**
 * The rules of buckets. Which ones are in force is asked for each time, so that a release holds for every request that comes after it, in
 * every process; what does not change, the compiled rules, is kept. Requests that wait at the same time share a question.
 */
export class RulesInForce {
  readonly #options: RulesInForceOptions;
  /** By project and bucket, the least recently used first. */
  readonly #compiled = new Map<string, Compiled>();
  readonly #questions = new Map<string, Question>();

  constructor(options: RulesInForceOptions) {
    this.#options = options;
  }

  /** @throws StatusError UNAVAILABLE when they cannot be read: nobody is let through then */
  for(project: string, bucket: string): Promise<Ruleset | 'open' | 'closed'> {
    const key = `${project}/${bucket}`;
    const running = this.#questions.get(key);
    if (!running) return this.#ask(key, project, bucket);
    const again = () => this.#ask(key, project, bucket);
    running.next ??= running.answer.then(again, again);
    return running.next;
  }

  #ask(key: string, project: string, bucket: string): Promise<Ruleset | 'open' | 'closed'> {
    const question: Question = { answer: this.#find(key, project, bucket) };
    this.#questions.set(key, question);
    const done = () => {
      if (this.#questions.get(key) === question) this.#questions.delete(key);
    };
    question.answer.then(done, done);
    return question.answer;
  }

  async #find(key: string, project: string, bucket: string): Promise<Ruleset | 'open' | 'closed'> {
    const { releases, isEmulating, withoutRules } = this.#options;
    const known = this.#compiled.get(key);
    const candidates = (isEmulating ? [project, ANY_PROJECT] : [project]).flatMap((of) => [
      { project: of, id: `firebase.storage/${bucket}` },
      { project: of, id: 'firebase.storage' },
    ]);
    const context = systemContext(AbortSignal.timeout(TIMEOUT_MS));
    const found = await releases
      .findRuleset({ candidates, knownId: known?.id ?? '' }, context)
      .catch((cause: unknown) => {
        throw unavailable('The rules cannot be read.', { cause: toStatusError(cause) });
      });
    if (found.rulesetId === '') return withoutRules;
    const rules = found.rulesetId === known?.id ? known.rules : compile(found.file?.content);
    this.#compiled.delete(key);
    this.#compiled.set(key, { id: found.rulesetId, rules });
    if (this.#compiled.size > CAPACITY) this.#compiled.delete(this.#compiled.keys().next().value!);
    return rules;
  }
}

function compile(source: string | undefined): Ruleset {
  const compiled = compileRules(source ?? '');
  // It compiled when it was deployed.
  if (!compiled.ok) throw internal('The rules in force do not compile.');
  return compiled.ruleset;
}
