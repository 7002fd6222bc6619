/** Microseconds per decision: node packages/rules/bench/evaluate.ts */
import {
  checkDocument,
  compileRules,
  type DocumentRequest,
  type LookupSource,
  proveList,
} from '@telestack/rules';

/** About thirty lines of rules as people write them. */
const SOURCE = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function signedIn() { return request.auth != null; }
    function isOwner(uid) { return signedIn() && request.auth.uid == uid; }
    function profile() { return get(/databases/$(database)/documents/users/$(request.auth.uid)).data; }
    function isEditor() { return signedIn() && profile().role in ['editor', 'admin']; }
    function validPost(post) {
      return post.keys().hasAll(['author', 'title', 'body'])
        && post.keys().hasOnly(['author', 'title', 'body', 'tags', 'public', 'at'])
        && post.title is string && post.title.size() > 0 && post.title.size() <= 100
        && post.title.matches('[A-Za-z0-9 ]+')
        && post.get('tags', []).size() <= 5;
    }
    match /users/{uid} {
      allow read: if signedIn();
      allow write: if isOwner(uid);
    }
    match /posts/{post} {
      allow read: if resource.data.public == true || isOwner(resource.data.author);
      allow create: if isOwner(request.resource.data.author) && validPost(request.resource.data);
      allow update: if (isOwner(resource.data.author) || isEditor())
        && validPost(request.resource.data)
        && request.resource.data.diff(resource.data).affectedKeys().hasOnly(['title', 'body', 'tags']);
      allow delete: if isOwner(resource.data.author) || isEditor();
      match /comments/{comment} {
        allow read: if true;
        allow create: if signedIn() && request.resource.data.text.size() < 500;
      }
    }
  }
}
`;

const compiled = compileRules(SOURCE);
if (!compiled.ok) throw new Error('the rules do not compile');
const { ruleset } = compiled;

const post = { author: 'alice', title: 'A title', body: 'text', tags: ['x', 'y'], public: false };
const base = {
  database: '(default)',
  auth: { uid: 'alice', token: { sub: 'alice' } },
  time: 1_700_000_000_000_000,
};
const lookups: LookupSource = () => ({ role: 'editor' });
const document = (request: Omit<DocumentRequest, keyof typeof base>) => () =>
  checkDocument(ruleset, { ...base, ...request }, lookups);

const query = {
  database: 'p/(default)',
  parentPath: '',
  collectionId: 'posts',
  allDescendants: false,
  filter: { kind: 'field', field: ['author'], op: '==', value: 'alice' },
  orders: [{ field: ['__name__'], direction: 'asc' }],
  offset: 0,
  limit: 20,
  select: undefined,
} as const;

const CASES: Readonly<Record<string, () => unknown>> = {
  compile: () => compileRules(SOURCE),
  'get, public': document({ method: 'get', path: 'posts/a', before: { ...post, public: true } }),
  'get, owner': document({ method: 'get', path: 'posts/a', before: post }),
  create: document({ method: 'create', path: 'posts/a', before: null, after: post }),
  'update by an editor': document({
    method: 'update',
    path: 'posts/a',
    before: { ...post, author: 'bob' },
    after: { ...post, author: 'bob', title: 'New' },
  }),
  'delete, denied': () =>
    checkDocument(
      ruleset,
      { ...base, method: 'delete', path: 'posts/a', before: { author: 'x' } },
      () => null,
    ),
  'list, proven': () => proveList(ruleset, { query, auth: base.auth, time: base.time }, lookups),
};

const DURATION = 500;

const rows = Object.entries(CASES).map(([name, run]) => {
  for (let i = 0; i < 2_000; i++) run();
  let count = 0;
  const start = process.cpuUsage();
  const deadline = performance.now() + DURATION;
  while (performance.now() < deadline) {
    for (let i = 0; i < 100; i++) run();
    count += 100;
  }
  const { user, system } = process.cpuUsage(start);
  return { case: name, 'µs of CPU': Number(((user + system) / count).toFixed(2)) };
});
console.table(rows);
