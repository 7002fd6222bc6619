import {
  ANONYMOUS,
  admin,
  alice,
  bob,
  get,
  list,
  type Published,
  patch,
  remove,
  set,
  user,
} from './builder.ts';

const documents = {
  'users/alice': { name: 'Alice', role: 'user', email: 'alice@example.com', credits: 10 },
  'users/bob': { name: 'Bob', role: 'moderator', credits: 0 },
  'users/root': { name: 'Root', role: 'admin' },
  'users/alice/private/settings': { theme: 'dark' },
  'profiles/alice': { name: 'Alice', public: true },
};
const requests = [
  get(alice, 'users/alice'),
  get(bob, 'users/alice'),
  get(ANONYMOUS, 'users/alice'),
  get(alice, 'users/alice/private/settings'),
  get(bob, 'users/alice/private/settings'),
  get(admin, 'users/alice'),
  list(alice, 'users'),
  list(admin, 'users'),
  list(bob, 'users', { where: [['role', '==', 'user']] }),
  set(user('carol'), 'users/carol', { name: 'Carol', role: 'user' }),
  set(user('carol'), 'users/carol', { name: 'Carol', role: 'admin' }),
  set(user('carol'), 'users/dave', { name: 'Dave', role: 'user' }),
  patch(alice, 'users/alice', { name: 'Alicia' }),
  patch(alice, 'users/alice', { role: 'admin' }),
  patch(alice, 'users/alice', { credits: 999 }),
  patch(admin, 'users/alice', { role: 'moderator' }),
  remove(alice, 'users/alice'),
  remove(admin, 'users/bob'),
];

const role = `function role() { return get(/databases/$(database)/documents/users/$(request.auth.uid)).data.role; }`;

/** Profiles, roles and what a user may change about itself. */
export const users: readonly Published[] = [
  {
    name: 'own document',
    body: 'match /users/{userId} { allow read, write: if request.auth != null && request.auth.uid == userId; }',
    documents,
    requests,
  },
  {
    name: 'own document and everything below',
    body: 'match /users/{userId}/{document=**} { allow read, write: if request.auth.uid == userId; }',
    documents,
    requests,
  },
  {
    name: 'role in a document',
    body: `${role}
    match /users/{userId} {
      allow read: if request.auth != null && (request.auth.uid == userId || role() == 'admin');
      allow write: if role() == 'admin';
    }`,
    documents,
    requests,
  },
  {
    name: 'role one of several',
    body: `${role}
    match /users/{userId} { allow read: if role() in ['admin', 'moderator']; allow delete: if role() == 'admin'; }`,
    documents,
    requests,
  },
  {
    name: 'role may not be changed',
    body: `match /users/{userId} {
      allow create: if request.auth.uid == userId && request.resource.data.role == 'user';
      allow update: if request.auth.uid == userId && request.resource.data.role == resource.data.role;
      allow read: if request.auth != null;
    }`,
    documents,
    requests,
  },
  {
    name: 'only some fields may change',
    body: `match /users/{userId} {
      allow update: if request.auth.uid == userId
        && request.resource.data.diff(resource.data).affectedKeys().hasOnly(['name', 'email']);
    }`,
    documents,
    requests,
  },
  {
    name: 'some fields may not change',
    body: `match /users/{userId} {
      function unchanged(field) {
        return !(field in request.resource.data.diff(resource.data).affectedKeys());
      }
      allow update: if request.auth.uid == userId && unchanged('role') && unchanged('credits');
    }`,
    documents,
    requests,
  },
  {
    name: 'no changes to protected keys',
    body: `match /users/{userId} {
      allow update: if request.auth.uid == userId
        && !request.resource.data.diff(resource.data).affectedKeys().hasAny(['role', 'credits']);
      allow read: if request.auth.uid == userId;
    }`,
    documents,
    requests,
  },
  {
    name: 'exists as membership',
    body: `match /users/{userId} {
      allow read: if exists(/databases/$(database)/documents/users/$(request.auth.uid));
    }`,
    documents,
    requests: [...requests, get(user('nobody'), 'users/alice')],
  },
  {
    name: 'admin claim or owner',
    body: `function isAdmin() { return request.auth.token.admin == true; }
    function isOwner(userId) { return request.auth.uid == userId; }
    match /users/{userId} {
      allow read: if isOwner(userId) || isAdmin();
      allow create: if isOwner(userId);
      allow update, delete: if isOwner(userId) || isAdmin();
      match /private/{doc} { allow read, write: if isOwner(userId); }
    }`,
    documents,
    requests,
  },
  {
    name: 'admin claim or owner, the other way round',
    body: `match /users/{userId} {
      allow read: if request.auth.token.admin || request.auth.uid == userId;
    }`,
    documents,
    requests,
  },
  {
    name: 'claim with a default',
    body: `match /users/{userId} {
      allow read: if request.auth.token.get('admin', false) == true;
      allow update: if request.auth.token.get(['access', 'users'], 'none') == 'write';
    }`,
    documents,
    requests: [...requests, patch(user('x', { access: { users: 'write' } }), 'users/alice', { name: 'X' })],
  },
  {
    name: 'public profile',
    body: `match /profiles/{userId} {
      allow read: if resource == null || resource.data.public == true || request.auth.uid == userId;
    }`,
    documents,
    requests: [
      get(ANONYMOUS, 'profiles/alice'),
      get(ANONYMOUS, 'profiles/nobody'),
      list(ANONYMOUS, 'profiles', { where: [['public', '==', true]] }),
      list(ANONYMOUS, 'profiles'),
    ],
  },
  {
    name: 'username reservation',
    body: `match /usernames/{name} {
      allow get: if true;
      allow create: if request.resource.data.uid == request.auth.uid && name.matches('[a-z0-9_]{3,15}');
      allow delete: if resource.data.uid == request.auth.uid;
    }`,
    documents: { 'usernames/alice': { uid: 'alice' } },
    requests: [
      get(ANONYMOUS, 'usernames/alice'),
      set(bob, 'usernames/bob_1', { uid: 'bob' }),
      set(bob, 'usernames/BOB', { uid: 'bob' }),
      set(bob, 'usernames/ab', { uid: 'bob' }),
      set(bob, 'usernames/alice', { uid: 'bob' }),
      remove(bob, 'usernames/alice'),
      remove(alice, 'usernames/alice'),
    ],
  },
  {
    name: 'anonymous accounts are not enough',
    body: `match /users/{id} {
      allow read: if request.auth != null && request.auth.token.firebase.sign_in_provider != 'anonymous';
    }`,
    documents,
    requests: [
      get(user('a', { firebase: { sign_in_provider: 'anonymous' } }), 'users/alice'),
      get(user('a', { firebase: { sign_in_provider: 'password' } }), 'users/alice'),
      get(alice, 'users/alice'),
      get(ANONYMOUS, 'users/alice'),
    ],
  },
  {
    name: 'session no older than',
    body: `match /users/{id} {
      allow read: if request.auth.token.auth_time is int
        && timestamp.value(request.auth.token.auth_time * 1000) > request.time - duration.value(1, 'h');
    }`,
    documents,
    requests: [
      get(user('a', { auth_time: 1 }), 'users/alice'),
      get(user('a', { auth_time: 32503680000 }), 'users/alice'),
      get(alice, 'users/alice'),
    ],
  },
];
