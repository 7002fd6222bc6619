import { ANONYMOUS, admin, alice, bob, get, list, type Published, patch, remove, set } from './builder.ts';

const note = { owner: 'alice', text: 'hi', public: false };
const documents = {
  'notes/a': note,
  'notes/p': { ...note, public: true },
  'notes/a/comments/c': { by: 'bob' },
};
const all = [
  get(ANONYMOUS, 'notes/a'),
  get(alice, 'notes/a'),
  get(bob, 'notes/p'),
  list(alice, 'notes'),
  list(bob, 'notes', { where: [['owner', '==', 'bob']] }),
  list(ANONYMOUS, 'notes', { where: [['public', '==', true]], limit: 10 }),
  set(alice, 'notes/n', note),
  set(bob, 'notes/a', { ...note, owner: 'bob' }),
  patch(alice, 'notes/a', { text: 'new' }),
  remove(alice, 'notes/a'),
  remove(ANONYMOUS, 'notes/a'),
  get(bob, 'notes/a/comments/c'),
  get(admin, 'notes/a'),
];

/** What tutorials begin with. */
export const basics: readonly Published[] = [
  { name: 'locked', body: 'match /{document=**} { allow read, write: if false; }', documents, requests: all },
  { name: 'open', body: 'match /{document=**} { allow read, write; }', documents, requests: all },
  {
    name: 'test mode until a date',
    body: 'match /{document=**} { allow read, write: if request.time < timestamp.date(2020, 1, 1); }',
    documents,
    requests: all,
  },
  {
    name: 'test mode until a far date',
    body: 'match /{document=**} { allow read, write: if request.time < timestamp.date(2999, 1, 1); }',
    documents,
    requests: all,
  },
  {
    name: 'signed in',
    body: 'match /{document=**} { allow read, write: if request.auth != null; }',
    documents,
    requests: all,
  },
  {
    name: 'signed in with a uid',
    body: 'match /notes/{id} { allow read, write: if request.auth.uid != null; }',
    documents,
    requests: all,
  },
  {
    name: 'read for all, write for none',
    body: 'match /{document=**} { allow read: if true; allow write: if false; }',
    documents,
    requests: all,
  },
  {
    name: 'content owner',
    body: `match /notes/{id} {
      allow read, update, delete: if request.auth != null && request.auth.uid == resource.data.owner;
      allow create: if request.auth != null && request.auth.uid == request.resource.data.owner;
    }`,
    documents,
    requests: all,
  },
  {
    name: 'public or owned',
    body: `match /notes/{id} {
      allow read: if resource.data.public || request.auth.uid == resource.data.owner;
      allow write: if request.auth.uid == resource.data.owner;
    }`,
    documents,
    requests: all,
  },
  {
    name: 'public flag must be there',
    body: `match /notes/{id} {
      allow read: if 'public' in resource.data && resource.data.public == true;
      allow create: if request.resource.data.keys().hasAll(['owner', 'text']);
    }`,
    documents,
    requests: all,
  },
  {
    name: 'custom claim',
    body: `match /{document=**} {
      allow read: if request.auth != null;
      allow write: if request.auth.token.admin == true;
    }`,
    documents,
    requests: [...all, set(admin, 'notes/z', note), remove(admin, 'notes/a')],
  },
  {
    name: 'get but not list',
    body: 'match /notes/{id} { allow get: if true; allow list: if false; }',
    documents,
    requests: all,
  },
  {
    name: 'list with a limit',
    body: 'match /notes/{id} { allow get; allow list: if request.query.limit <= 10; }',
    documents,
    requests: [...all, list(alice, 'notes', { limit: 11 }), list(alice, 'notes', { limit: 10, offset: 3 })],
  },
  {
    name: 'subcollections do not inherit',
    body: 'match /notes/{id} { allow read, write: if true; }',
    documents,
    requests: all,
  },
  {
    name: 'nested subcollection',
    body: `match /notes/{id} {
      allow read: if true;
      match /comments/{comment} { allow read: if request.auth.uid == resource.data.by; }
    }`,
    documents,
    requests: [
      ...all,
      get(alice, 'notes/a/comments/c'),
      list(bob, 'notes/a/comments', { where: [['by', '==', 'bob']] }),
    ],
  },
  {
    name: 'overlapping matches: any allows',
    body: `match /notes/{id} { allow read: if false; }
    match /notes/{document=**} { allow read: if request.auth != null; }`,
    documents,
    requests: all,
  },
  {
    name: 'recursive below a document',
    body: 'match /notes/{id}/{rest=**} { allow read: if request.auth != null; }',
    documents,
    requests: all,
  },
  {
    name: 'create only',
    body: 'match /notes/{id} { allow create: if request.auth != null; }',
    documents,
    requests: all,
  },
  {
    name: 'verified address',
    body: 'match /notes/{id} { allow read: if request.auth.token.email_verified == true; }',
    documents,
    requests: all,
  },
  {
    name: 'address of a domain',
    body: "match /notes/{id} { allow read: if request.auth.token.email.matches('.*@example[.]com'); }",
    documents,
    requests: all,
  },
];
