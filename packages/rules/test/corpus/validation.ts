import { ANONYMOUS, alice, bob, get, list, type Published, patch, remove, set } from './builder.ts';

const now = { $timestamp: '2024-05-05T10:00:00.000000Z' };
const documents = {
  'posts/a': { author: 'alice', title: 'A', body: 'text', likes: 3, tags: ['x'], at: now, state: 'draft' },
  'posts/b': { author: 'bob', title: 'B', body: 'text', likes: 0, at: now, state: 'published' },
  'scores/alice': { best: 100, at: now, plays: 3 },
  'counters/c': { value: 5 },
  'places/p': { where: { $geo: [52.5, 13.4] } },
  'files/f': { hash: 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=', size: 3 },
};
const post = { author: 'alice', title: 'New', body: 'text', likes: 0, tags: ['x', 'y'], state: 'draft' };
const requests = [
  set(alice, 'posts/n', post),
  set(alice, 'posts/n', { ...post, title: '' }),
  set(alice, 'posts/n', { ...post, title: 5 }),
  set(alice, 'posts/n', { ...post, title: 'x'.repeat(101) }),
  set(alice, 'posts/n', { ...post, tags: ['a', 'b', 'c', 'd', 'e', 'f'] }),
  set(alice, 'posts/n', { ...post, likes: 1 }),
  set(alice, 'posts/n', { ...post, at: now }),
  set(alice, 'posts/n', { ...post, at: 'now' }),
  set(alice, 'posts/n', { ...post, state: 'odd' }),
  set(bob, 'posts/n', post),
  set(ANONYMOUS, 'posts/n', post),
  patch(alice, 'posts/a', { title: 'Changed' }),
  patch(alice, 'posts/a', { author: 'bob' }),
  patch(bob, 'posts/a', { likes: 4 }),
  patch(bob, 'posts/a', { likes: 5 }),
  patch(alice, 'posts/a', { state: 'published' }),
  patch(bob, 'posts/b', { state: 'draft' }),
  remove(alice, 'posts/a'),
  get(ANONYMOUS, 'posts/b'),
  list(ANONYMOUS, 'posts', { where: [['state', '==', 'published']] }),
  list(alice, 'posts', {
    where: [
      {
        or: [
          ['author', '==', 'alice'],
          ['state', '==', 'published'],
        ],
      },
    ],
  }),
  list(bob, 'posts', { where: [['likes', '>', 10]] }),
  list(bob, 'posts', { where: [['likes', '>=', 3]], orderBy: ['-likes'], limit: 3 }),
  patch(alice, 'scores/alice', { best: 120, plays: 4 }),
  patch(alice, 'scores/alice', { best: 90, plays: 4 }),
  patch(bob, 'scores/alice', { best: 900 }),
  set(bob, 'scores/bob', { best: 10, plays: 1 }),
  patch(alice, 'counters/c', { value: 6 }),
  patch(alice, 'counters/c', { value: 7 }),
  patch(alice, 'counters/c', { value: { $double: 6 } }),
  get(alice, 'places/p'),
  get(alice, 'files/f'),
];
const valid = (name: string, body: string): Published => ({
  name: `validation: ${name}`,
  body,
  documents,
  requests,
});

/** Schemas, counters, rate limits, games. */
export const validation: readonly Published[] = [
  valid(
    'title',
    'match /posts/{id} { allow create: if request.resource.data.title is string && request.resource.data.title.size() > 0 && request.resource.data.title.size() <= 100; }',
  ),
  valid(
    'schema by functions',
    `function isString(value, most) { return value is string && value.size() <= most; }
    function isList(value, most) { return value is list && value.size() <= most; }
    function isPost(data) {
      return isString(data.title, 100) && isString(data.body, 10000) && isList(data.get('tags', []), 5)
        && data.state in ['draft', 'published'] && data.author == request.auth.uid;
    }
    match /posts/{id} { allow create, update: if isPost(request.resource.data); }`,
  ),
  valid(
    'required and optional keys',
    "match /posts/{id} { allow create: if request.resource.data.keys().hasAll(['author', 'title']) && request.resource.data.keys().hasOnly(['author', 'title', 'body', 'likes', 'tags', 'state']); }",
  ),
  valid(
    'time of the server',
    'match /posts/{id} { allow create: if request.resource.data.at == request.time; }',
  ),
  valid(
    'time at most now',
    'match /posts/{id} { allow create: if !("at" in request.resource.data) || (request.resource.data.at is timestamp && request.resource.data.at <= request.time); }',
  ),
  valid(
    'author stays',
    'match /posts/{id} { allow update: if request.resource.data.author == resource.data.author && request.auth.uid == resource.data.author; }',
  ),
  valid(
    'one like',
    "match /posts/{id} { allow update: if request.auth != null && request.resource.data.diff(resource.data).affectedKeys().hasOnly(['likes']) && request.resource.data.likes == resource.data.likes + 1; }",
  ),
  valid(
    'published cannot go back',
    "match /posts/{id} { allow update: if !(resource.data.state == 'published' && request.resource.data.state == 'draft') && resource.data.author == request.auth.uid; }",
  ),
  valid(
    'published or own',
    "match /posts/{id} { allow read: if resource.data.state == 'published' || resource.data.author == request.auth.uid; }",
  ),
  valid('popular', 'match /posts/{id} { allow read: if resource.data.likes > 5; }'),
  valid(
    'popular, from three',
    'match /posts/{id} { allow read: if resource.data.likes >= 3 && request.auth != null; }',
  ),
  valid('not a draft', "match /posts/{id} { allow read: if resource.data.state != 'draft'; }"),
  valid(
    'best score only rises',
    'match /scores/{uid} { allow update: if request.auth.uid == uid && request.resource.data.best > resource.data.best && request.resource.data.plays == resource.data.plays + 1; allow create: if request.auth.uid == uid && request.resource.data.best >= 0; }',
  ),
  valid(
    'wait between writes',
    "match /scores/{uid} { allow update: if request.time > resource.data.at + duration.value(10, 's'); }",
  ),
  valid(
    'a long wait between writes',
    "match /scores/{uid} { allow update: if request.time > resource.data.at + duration.value(5000, 'w'); }",
  ),
  valid(
    'by one',
    'match /counters/{id} { allow update: if request.resource.data.value == resource.data.value + 1; }',
  ),
  valid(
    'by one, integers',
    'match /counters/{id} { allow update: if request.resource.data.value is int && request.resource.data.value - resource.data.value in [1, 2]; }',
  ),
  valid(
    'near a place',
    'match /places/{id} { allow get: if resource.data.where.distance(latlng.value(52.52, 13.40)) < 5000; }',
  ),
  valid(
    'hash',
    "match /files/{id} { allow get: if hashing.sha256('abc').toBase64() == resource.data.hash; }",
  ),
  valid(
    'working hours',
    'match /posts/{id} { allow create: if request.time.hours() >= 0 && request.time.hours() < 24 && request.time.dayOfWeek() <= 7; }',
  ),
  valid(
    'ternary',
    "match /posts/{id} { allow write: if (request.auth.uid == 'alice' ? request.resource.data.likes == 0 : false); }",
  ),
  valid(
    'words of a title',
    "match /posts/{id} { allow update: if request.resource.data.title.split(' ').size() == 1 && request.resource.data.title.lower() != request.resource.data.title; }",
  ),
];
