import { Code, invalidArgument, unavailable } from '@telestack/errors';
import type {
  BatchGetDocumentsRequest,
  BatchGetDocumentsResponse,
} from '@telestack/protos/google/firestore/v1/firestore.ts';
import type { FindRulesetRequest } from '@telestack/protos/telestack/docstore/v1/access.ts';
import { ADMIN, ANONYMOUS, type Principal } from '@telestack/rpc';
import type { Fields } from '@telestack/values';
import { describe, expect, it } from 'vitest';
import type { StorageAccessRequest } from '../src/access.ts';
import type { StorageObject } from '../src/objects/object.ts';
import { RulesAccess } from '../src/rules/rules-access.ts';
import { RulesInForce } from '../src/rules/rules-in-force.ts';

const BUCKET = 'p.appspot.com';
const rulesOf = (body: string, version = "rules_version = '2';") =>
  `${version} service firebase.storage { match /b/{bucket}/o { ${body} } }`;

/** A docstore as far as rules of files need one. */
class FakeDocstore {
  /** Sources by "project release". */
  readonly releases = new Map<string, string>();
  readonly documents = new Map<string, Fields>();
  readonly asked: FindRulesetRequest[] = [];
  readonly read: BatchGetDocumentsRequest[] = [];
  failure: Error | undefined;
  /** Held back until this resolves. */
  gate: Promise<void> = Promise.resolve();

  async findRuleset(request: FindRulesetRequest) {
    this.asked.push(request);
    const source = request.candidates
      .map(({ project, id }) => this.releases.get(`${project} ${id}`))
      .find((found) => found !== undefined);
    await this.gate;
    if (this.failure) throw this.failure;
    if (source === undefined) return { rulesetId: '', file: undefined };
    const file = source === request.knownId ? undefined : { name: 'storage.rules', content: source };
    return { rulesetId: source, file };
  }

  async *batchGetDocuments(request: BatchGetDocumentsRequest): AsyncIterable<BatchGetDocumentsResponse> {
    this.read.push(request);
    if (this.failure) throw this.failure;
    const transaction = new Uint8Array();
    for (const name of request.documents) {
      if (name.includes('__')) throw invalidArgument('no such name');
      const fields = this.documents.get(name);
      const result: BatchGetDocumentsResponse['result'] = fields
        ? { $case: 'found', found: { name, fields, createTime: 1, updateTime: 1 } }
        : { $case: 'missing', missing: name };
      yield { result, transaction, readTime: 77 };
    }
  }
}

function setUp(body: string, isEmulating = false, withoutRules: 'open' | 'closed' = 'closed') {
  const docstore = new FakeDocstore();
  if (body !== '') docstore.releases.set(`p firebase.storage/${BUCKET}`, rulesOf(body));
  const rules = new RulesInForce({ releases: docstore, withoutRules, isEmulating });
  const access = new RulesAccess({ rules, documents: docstore, now: () => 1_700_000_000_000_000 });
  const allows = (request: Partial<StorageAccessRequest> & Pick<StorageAccessRequest, 'method'>) =>
    access.allow({
      principal: user('ann'),
      project: 'p',
      bucket: BUCKET,
      path: 'users/ann/a.png',
      ...request,
    });
  return { docstore, allows };
}

const user = (uid: string, claims: Record<string, unknown> = {}): Principal => ({
  kind: 'user',
  uid,
  claims: { sub: uid, ...claims },
});

const stored: StorageObject = {
  bucket: BUCKET,
  path: 'users/ann/a.png',
  generation: 3,
  metageneration: 2,
  size: 10,
  md5: 'kAFQmDzST7DWlj99KOF/cg==',
  contentType: 'image/png',
  custom: { owner: 'ann' },
  downloadTokens: [],
  storeEtag: 'e',
  timeCreated: new Date(1_600_000_000_000),
  updated: new Date(1_600_000_000_000),
};
const proposed = { bucket: BUCKET, path: 'users/ann/a.png', contentType: 'image/png', custom: {} };

describe('who may', () => {
  it('is what the rules say of auth, path, the stored object and the proposed one', async () => {
    const { allows } = setUp(`match /users/{uid}/{file=**} {
      allow read: if request.auth.uid == uid;
      allow create: if request.auth.uid == uid && resource == null && request.resource.size < 100
        && request.resource.contentType.matches('image/.*') && request.resource.timeCreated == request.time;
      allow update: if resource.metadata.owner == request.auth.uid && request.resource.metadata.keys().hasOnly(['owner'])
        && request.resource.metageneration == resource.metageneration + 1;
      allow delete: if request.auth.token.moderator == true;
    }`);
    expect(await allows({ method: 'get', resource: stored })).toBe(true);
    expect(await allows({ method: 'get', resource: stored, principal: user('bob') })).toBe(false);
    expect(await allows({ method: 'get', resource: stored, principal: ANONYMOUS })).toBe(false);
    expect(await allows({ method: 'list', path: 'users/ann' })).toBe(true);
    expect(await allows({ method: 'list', path: 'users' })).toBe(false);
    expect(await allows({ method: 'create', requestResource: { ...proposed, size: 5 } })).toBe(true);
    expect(await allows({ method: 'create', requestResource: { ...proposed, size: 500 } })).toBe(false);
    const again = { ...proposed, size: 5 };
    expect(await allows({ method: 'create', resource: stored, requestResource: again })).toBe(false);
    expect(await allows({ method: 'update', resource: stored, requestResource: stored })).toBe(true);
    const foreign = { ...stored, custom: { other: '1' } };
    expect(await allows({ method: 'update', resource: stored, requestResource: foreign })).toBe(false);
    expect(await allows({ method: 'delete', resource: stored })).toBe(false);
    const moderator = user('max', { moderator: true });
    expect(await allows({ method: 'delete', resource: stored, principal: moderator })).toBe(true);
    expect(await allows({ method: 'delete', resource: stored, principal: ADMIN })).toBe(true);
  });

  it('hangs on what is to come, while an upload begins', async () => {
    const { allows } = setUp(
      `match /{path=**} { allow create: if request.auth.uid == 'ann' && request.resource.size < 100; }`,
    );
    const begin = { method: 'create', requestResource: proposed } as const;
    expect(await allows({ ...begin, isPreliminary: true })).toBe(true);
    expect(await allows(begin)).toBe(false);
    expect(await allows({ ...begin, isPreliminary: true, principal: user('bob') })).toBe(false);
    const large = { ...proposed, size: 101 };
    expect(await allows({ ...begin, requestResource: large, isPreliminary: true })).toBe(false);
  });

  it('lists by rules of version 2 only', async () => {
    const { docstore, allows } = setUp('');
    docstore.releases.set('p firebase.storage', rulesOf('match /{path=**} { allow read; }', ''));
    expect(await allows({ method: 'get' })).toBe(true);
    expect(await allows({ method: 'list', path: 'users' })).toBe(false);
  });
});

describe('documents', () => {
  const room = '/databases/(default)/documents/rooms/r1';
  const member = `firestore.get(${room}).data.open == true && firestore.exists(/databases/other/documents/members/$(request.auth.uid))`;

  it('are those of the bucket’s project, of the named databases, as of one time', async () => {
    const { docstore, allows } = setUp(`match /{path=**} { allow read: if ${member}; }`);
    docstore.documents.set('projects/p/databases/(default)/documents/rooms/r1', { open: true });
    expect(await allows({ method: 'get' })).toBe(false);
    docstore.documents.set('projects/p/databases/other/documents/members/ann', {});
    docstore.read.length = 0;
    expect(await allows({ method: 'get' })).toBe(true);
    expect(docstore.read.map(({ database }) => database)).toEqual([
      'projects/p/databases/(default)',
      'projects/p/databases/other',
    ]);
    expect(docstore.read[1]?.consistencySelector).toEqual({ $case: 'readTime', readTime: 77 });
  });

  it('are two at most; a third denies', async () => {
    const exists = (id: string) => `firestore.exists(/databases/(default)/documents/a/${id})`;
    const { docstore, allows } = setUp(
      `match /two/{p} { allow read: if ${exists('x')} && ${exists('y')} && ${exists('x')}; }
       match /three/{p} { allow read: if ${exists('x')} && ${exists('y')} && ${exists('z')}; }`,
    );
    for (const id of ['x', 'y', 'z'])
      docstore.documents.set(`projects/p/databases/(default)/documents/a/${id}`, {});
    expect(await allows({ method: 'get', path: 'two/p' })).toBe(true);
    expect(await allows({ method: 'get', path: 'three/p' })).toBe(false);
  });

  it('that cannot be read let nobody through, and are no denial either', async () => {
    const { docstore, allows } = setUp(`match /{path=**} { allow read: if !firestore.exists(${room}); }`);
    expect(await allows({ method: 'get' })).toBe(true);
    docstore.failure = unavailable('away');
    await expect(allows({ method: 'get' })).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  });

  it('that cannot have their name do not exist', async () => {
    const name = '/databases/(default)/documents/a/__b__';
    const { allows } = setUp(`match /{path=**} { allow read: if !firestore.exists(${name}); }`);
    expect(await allows({ method: 'get' })).toBe(true);
  });
});

describe('rules in force', () => {
  it('without any: closed, or open in the dev profile', async () => {
    expect(await setUp('').allows({ method: 'get' })).toBe(false);
    expect(await setUp('', true, 'open').allows({ method: 'get' })).toBe(true);
  });

  it('are another’s from the next request on, and kept compiled until then', async () => {
    const { docstore, allows } = setUp('match /{path=**} { allow read; }');
    expect(await allows({ method: 'get' })).toBe(true);
    expect(await allows({ method: 'get' })).toBe(true);
    expect(docstore.asked.map(({ knownId }) => knownId !== '')).toEqual([false, true]);
    docstore.releases.set(`p firebase.storage/${BUCKET}`, rulesOf('match /{path=**} { allow write; }'));
    expect(await allows({ method: 'get' })).toBe(false);
    docstore.releases.delete(`p firebase.storage/${BUCKET}`);
    expect(await allows({ method: 'delete' })).toBe(false);
  });

  it('are asked for once by those who wait together, and again for who came later', async () => {
    const { docstore, allows } = setUp('match /{path=**} { allow read; }');
    const gate = Promise.withResolvers<void>();
    docstore.gate = gate.promise;
    const first = allows({ method: 'get' });
    docstore.releases.clear();
    const later = [allows({ method: 'get' }), allows({ method: 'get' })];
    gate.resolve();
    expect(await first).toBe(true);
    expect(await Promise.all(later)).toEqual([false, false]);
    expect(docstore.asked.length).toBe(2);
  });

  it('of the bucket come before those of the project, and those before what is set for all projects', async () => {
    const { docstore, allows } = setUp('', true);
    const read = rulesOf('match /{path=**} { allow read; }');
    const none = rulesOf('match /none { allow read; }');
    docstore.releases.set('* firebase.storage', read);
    expect(await allows({ method: 'get' })).toBe(true);
    docstore.releases.set('p firebase.storage', none);
    expect(await allows({ method: 'get' })).toBe(false);
    docstore.releases.set(`p firebase.storage/${BUCKET}`, read);
    expect(await allows({ method: 'get' })).toBe(true);
    const production = setUp('');
    production.docstore.releases.set('* firebase.storage', read);
    expect(await production.allows({ method: 'get' })).toBe(false);
  });

  it('that cannot be read let nobody through', async () => {
    const { docstore, allows } = setUp('match /{path=**} { allow read; }');
    docstore.failure = unavailable('away');
    await expect(allows({ method: 'get' })).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  });
});
