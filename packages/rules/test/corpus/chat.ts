import { ANONYMOUS, alice, bob, get, list, type Published, patch, remove, set, user } from './builder.ts';

const documents = {
  'rooms/r': {
    members: ['alice', 'bob'],
    owner: 'alice',
    open: false,
    roles: { alice: 'owner', bob: 'reader' },
  },
  'rooms/open': { members: [], owner: 'bob', open: true, roles: {} },
  'rooms/r/messages/m': { from: 'alice', text: 'hi', at: { $timestamp: '2024-01-01T00:00:00.000000Z' } },
  'rooms/r/members/alice': { since: 1 },
  'blocks/bob_alice': {},
};
const message = (from: string, text = 'hello') => ({ from, text });
const carol = user('carol');
const requests = [
  get(alice, 'rooms/r'),
  get(carol, 'rooms/r'),
  get(ANONYMOUS, 'rooms/open'),
  list(alice, 'rooms', { where: [['members', 'array-contains', 'alice']] }),
  list(carol, 'rooms', { where: [['members', 'array-contains', 'alice']] }),
  list(alice, 'rooms'),
  list(alice, 'rooms', { where: [['open', '==', true]], orderBy: ['owner'], limit: 5 }),
  list(bob, 'rooms', { where: [['roles.bob', 'in', ['owner', 'reader']]] }),
  get(bob, 'rooms/r/messages/m'),
  get(carol, 'rooms/r/messages/m'),
  list(bob, 'rooms/r/messages'),
  list(carol, 'rooms/r/messages', { orderBy: ['-at'], limit: 50 }),
  list(alice, 'messages', { group: true, where: [['from', '==', 'alice']] }),
  set(alice, 'rooms/r/messages/n', message('alice')),
  set(alice, 'rooms/r/messages/n', message('bob')),
  set(carol, 'rooms/r/messages/n', message('carol')),
  set(alice, 'rooms/r/messages/n', message('alice', '')),
  set(alice, 'rooms/r/messages/n', message('alice', 'x'.repeat(300))),
  patch(alice, 'rooms/r/messages/m', { text: 'edited' }),
  patch(bob, 'rooms/r/messages/m', { text: 'edited' }),
  remove(alice, 'rooms/r/messages/m'),
  remove(bob, 'rooms/r/messages/m'),
  patch(bob, 'rooms/r', { members: ['alice', 'bob', 'carol'] }),
  patch(carol, 'rooms/open', { members: ['carol'] }),
  patch(bob, 'rooms/r', { members: ['alice'] }),
  set(carol, 'rooms/new', { members: ['carol'], owner: 'carol', open: false, roles: {} }),
];
const room = (name: string, body: string): Published => ({
  name: `chat: ${name}`,
  body,
  documents,
  requests,
});

/** Rooms, members and messages. */
export const chat: readonly Published[] = [
  room(
    'members by array',
    'match /rooms/{room} { allow read: if request.auth.uid in resource.data.members; }',
  ),
  room(
    'messages for members of the room',
    `function isMember(room) {
      return request.auth.uid in get(/databases/$(database)/documents/rooms/$(room)).data.members;
    }
    match /rooms/{room} {
      allow read: if request.auth.uid in resource.data.members;
      match /messages/{message} {
        allow read: if isMember(room);
        allow create: if isMember(room) && request.resource.data.from == request.auth.uid;
      }
    }`,
  ),
  room(
    'membership documents',
    `match /rooms/{room}/{document=**} {
      allow read: if exists(/databases/$(database)/documents/rooms/$(room)/members/$(request.auth.uid));
    }`,
  ),
  room(
    'roles in a map',
    `match /rooms/{room} {
      allow read: if resource.data.roles[request.auth.uid] in ['owner', 'writer', 'reader'];
      allow update: if resource.data.roles[request.auth.uid] == 'owner';
    }`,
  ),
  room(
    'roles in a map, by function',
    `match /rooms/{room} {
      function isSignedIn() { return request.auth != null; }
      function getRole(rsc) { return rsc.data.roles[request.auth.uid]; }
      function isOneOfRoles(rsc, array) { return isSignedIn() && (getRole(rsc) in array); }
      function isValidNewRoom() { return resource == null && request.resource.data.owner == request.auth.uid; }
      allow create: if isValidNewRoom();
      allow read: if isOneOfRoles(resource, ['owner', 'reader']);
      allow delete: if isOneOfRoles(resource, ['owner']);
      match /messages/{message} {
        allow read: if isOneOfRoles(get(/databases/$(database)/documents/rooms/$(room)), ['owner', 'reader']);
        allow create: if isOneOfRoles(get(/databases/$(database)/documents/rooms/$(room)), ['owner'])
          && request.resource.data.from == request.auth.uid;
      }
    }`,
  ),
  room(
    'open rooms',
    'match /rooms/{room} { allow read: if resource.data.open == true || resource.data.owner == request.auth.uid; }',
  ),
  room(
    'text of a length',
    `match /rooms/{room}/messages/{message} {
      allow create: if request.resource.data.text is string
        && request.resource.data.text.size() > 0 && request.resource.data.text.size() <= 256;
    }`,
  ),
  room(
    'own messages may be changed',
    `match /rooms/{room}/messages/{message} {
      allow read: if request.auth != null;
      allow update: if resource.data.from == request.auth.uid
        && request.resource.data.diff(resource.data).affectedKeys().hasOnly(['text']);
      allow delete: if resource.data.from == request.auth.uid
        || get(/databases/$(database)/documents/rooms/$(room)).data.owner == request.auth.uid;
    }`,
  ),
  room(
    'messages of all rooms',
    `match /{path=**}/messages/{message} {
      allow read: if resource.data.from == request.auth.uid;
    }`,
  ),
  room(
    'messages of rooms only',
    'match /rooms/{room}/messages/{message} { allow read: if resource.data.from == request.auth.uid; }',
  ),
  room(
    'joining and leaving',
    `match /rooms/{room} {
      function before() { return resource.data.members.toSet(); }
      function after() { return request.resource.data.members.toSet(); }
      function onlyMembersChange() {
        return request.resource.data.diff(resource.data).affectedKeys().hasOnly(['members']);
      }
      allow update: if onlyMembersChange() && (
        (resource.data.open && after().difference(before()) == [request.auth.uid].toSet())
        || before().difference(after()) == [request.auth.uid].toSet());
    }`,
  ),
  room(
    'members add members',
    `match /rooms/{room} {
      allow update: if request.auth.uid in resource.data.members
        && request.resource.data.members.hasAll(resource.data.members)
        && request.resource.data.members.size() == resource.data.members.size() + 1;
    }`,
  ),
  room(
    'no more than a few at once',
    `match /rooms/{room}/messages/{message} {
      allow list: if request.auth != null && request.query.limit <= 50;
    }`,
  ),
  room(
    'blocked callers',
    `match /rooms/{room}/messages/{message} {
      allow create: if !exists(/databases/$(database)/documents/blocks/$(request.auth.uid + '_' + request.resource.data.from));
    }`,
  ),
  room(
    'room created with its owner in it',
    `match /rooms/{room} {
      allow create: if request.resource.data.owner == request.auth.uid
        && request.resource.data.members == [request.auth.uid]
        && request.resource.data.keys().hasOnly(['members', 'owner', 'open', 'roles']);
    }`,
  ),
  room(
    'let with a look-up',
    `match /rooms/{room}/messages/{message} {
      function canRead() {
        let found = get(/databases/$(database)/documents/rooms/$(room));
        let members = found.data.members;
        return found.data.open || request.auth.uid in members;
      }
      allow read: if canRead();
    }`,
  ),
];
