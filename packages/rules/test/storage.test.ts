import { checkObject, compileRules, type ObjectMetadata, type ObjectRequest } from '@telestack/rules';
import { describe, expect, it } from 'vitest';

function compile(body: string) {
  const source = `rules_version = '2';\nservice firebase.storage { match /b/{bucket}/o { ${body} } }`;
  const compiled = compileRules(source);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.ruleset;
}

const photo: ObjectMetadata = {
  name: 'users/alice/photo.png',
  bucket: 'b1',
  size: 1_000,
  contentType: 'image/png',
  md5Hash: 'kAFQmDzST7DWlj99KOF/cg==',
  timeCreated: 1_700_000_000_000_000,
  metadata: { owner: 'alice' },
};
const auth = { uid: 'alice', token: { sub: 'alice' } };
const base = { bucket: 'b1', name: photo.name, auth, time: 1_700_000_100_000_000, before: null };

function decides(
  body: string,
  request: Partial<ObjectRequest> & Pick<ObjectRequest, 'method'>,
  document = {},
): boolean {
  const outcome = checkObject(compile(body), { ...base, ...request }, () => document);
  if ('missing' in outcome) throw new Error('not all look-ups are there');
  return outcome.allowed;
}

describe('rules for storage', () => {
  const uploads = `match /users/{uid}/{file=**} {
    allow read: if request.auth != null;
    allow create, update: if request.auth.uid == uid
      && request.resource.size < 5 * 1024 * 1024
      && request.resource.contentType.matches('image/.*');
    allow delete: if resource.metadata.owner == request.auth.uid;
  }`;

  it('look at the size and the type of an upload', () => {
    expect(decides(uploads, { method: 'create', after: photo })).toBe(true);
    expect(decides(uploads, { method: 'create', after: { ...photo, size: 6_000_000 } })).toBe(false);
    expect(decides(uploads, { method: 'create', after: { ...photo, contentType: 'text/html' } })).toBe(false);
    expect(decides(uploads, { method: 'create', after: photo, name: 'users/bob/photo.png' })).toBe(false);
  });

  it('look at the stored object', () => {
    expect(decides(uploads, { method: 'delete', before: photo })).toBe(true);
    expect(decides(uploads, { method: 'delete', before: { ...photo, metadata: {} } })).toBe(false);
    expect(decides(uploads, { method: 'get', before: photo, auth: null })).toBe(false);
    expect(decides(uploads, { method: 'list', name: 'users/alice/sub' })).toBe(true);
  });

  it('know the documented properties', () => {
    const all = `match /{path=**} { allow get: if resource.name == 'users/alice/photo.png' && resource.bucket == bucket
      && resource.md5Hash == 'kAFQmDzST7DWlj99KOF/cg==' && resource.timeCreated < request.time && resource.size is int
      && request.path == /b/b1/o/users/alice/$('photo.png'); }`;
    expect(decides(all, { method: 'get', before: photo })).toBe(true);
  });

  it('look at documents', () => {
    const premium = `match /{path=**} { allow read: if firestore.exists(/databases/(default)/documents/users/$(request.auth.uid))
      && firestore.get(/databases/(default)/documents/users/$(request.auth.uid)).data.premium == true; }`;
    expect(decides(premium, { method: 'get', before: photo }, { premium: true })).toBe(true);
    expect(decides(premium, { method: 'get', before: photo }, { premium: false })).toBe(false);
  });

  it('tell a refusal from one that hangs on what is not known yet', () => {
    const outcome = (rule: string, unknown: ('size' | 'md5Hash')[]) => {
      const after = { ...photo, size: undefined, md5Hash: undefined };
      const body = `match /{path=**} { allow create: if ${rule}; }`;
      const decision = checkObject(compile(body), { ...base, method: 'create', after, unknown }, () => null);
      if ('missing' in decision) throw new Error('no look-ups');
      return decision.allowed ? 'allowed' : decision.isOpen ? 'open' : 'refused';
    };
    expect(outcome('request.resource.size < 5', ['size', 'md5Hash'])).toBe('open');
    expect(outcome('request.resource.size < 5', ['md5Hash'])).toBe('refused');
    expect(outcome("request.auth.uid == 'bob' && request.resource.size < 5", ['size'])).toBe('refused');
    expect(outcome("'md5Hash' in request.resource", ['md5Hash'])).toBe('open');
    expect(outcome("request.resource.keys().hasAll(['size'])", ['size'])).toBe('open');
    expect(outcome("request.resource.contentType == 'image/png'", ['size'])).toBe('allowed');
  });

  it('have no look-ups of their own', () => {
    const body = 'match /{path=**} { allow read: if exists(/databases/(default)/documents/a/b); }';
    expect(decides(body, { method: 'get', before: photo })).toBe(false);
  });
});
