import { ref } from '../oracle/scenario.ts';
import { ANONYMOUS, alice, bob, get, list, type Published, patch, remove, set, user } from './builder.ts';

const documents = {
  'orgs/acme': { owner: 'alice', plan: 'pro', seats: 3 },
  'orgs/acme/members/alice': { role: 'admin' },
  'orgs/acme/members/bob': { role: 'member', active: true },
  'orgs/acme/projects/p': { title: 'P', createdBy: 'bob', tenant: 'acme', archived: false },
  'orgs/other/projects/q': { title: 'Q', createdBy: 'eve', tenant: 'other' },
  'items/i': { tenant: 'acme', org: ref('orgs/acme'), state: 'open', tags: ['x'] },
};
const ann = user('ann', { tenant: 'acme', roles: ['editor', 'viewer'] });
const requests = [
  get(alice, 'orgs/acme'),
  get(bob, 'orgs/acme'),
  get(ann, 'orgs/acme'),
  get(ANONYMOUS, 'orgs/acme'),
  get(bob, 'orgs/acme/projects/p'),
  get(bob, 'orgs/other/projects/q'),
  get(ann, 'items/i'),
  list(bob, 'orgs/acme/projects'),
  list(bob, 'orgs/acme/projects', { where: [['archived', '==', false]] }),
  list(bob, 'orgs/other/projects'),
  list(ann, 'items', { where: [['tenant', '==', 'acme']] }),
  list(ann, 'items', { where: [['tenant', '==', 'other']] }),
  list(ann, 'items', { where: [['tenant', 'in', ['acme', 'other']]] }),
  list(ann, 'items', { where: [['org', '==', ref('orgs/acme')]] }),
  list(ann, 'projects', { group: true, where: [['tenant', '==', 'acme']] }),
  list(alice, 'projects', { group: true }),
  set(bob, 'orgs/acme/projects/n', { title: 'N', createdBy: 'bob', tenant: 'acme' }),
  set(bob, 'orgs/acme/projects/n', { title: 'N', createdBy: 'alice', tenant: 'acme' }),
  set(ann, 'items/n', { tenant: 'acme', state: 'open', tags: [] }),
  set(ann, 'items/n', { tenant: 'other', state: 'open', tags: [] }),
  patch(alice, 'orgs/acme', { plan: 'free' }),
  patch(alice, 'orgs/acme', { seats: 4 }),
  patch(bob, 'orgs/acme/members/bob', { role: 'admin' }),
  patch(alice, 'orgs/acme/members/bob', { role: 'admin' }),
  remove(alice, 'orgs/acme/members/bob'),
  remove(bob, 'orgs/acme/projects/p'),
  remove(ann, 'items/i'),
];
const tenant = (name: string, body: string): Published => ({
  name: `tenants: ${name}`,
  body,
  documents,
  requests,
});

/** Organisations that share a database. */
export const tenants: readonly Published[] = [
  tenant(
    'claim',
    'match /items/{id} { allow read, write: if request.auth.token.tenant == resource.data.tenant; }',
  ),
  tenant(
    'claim, before and after',
    `match /items/{id} {
      allow read, delete: if request.auth.token.tenant == resource.data.tenant;
      allow create: if request.auth.token.tenant == request.resource.data.tenant;
      allow update: if request.auth.token.tenant == resource.data.tenant
        && request.resource.data.tenant == resource.data.tenant;
    }`,
  ),
  tenant(
    'roles in a claim',
    "match /items/{id} { allow read: if 'viewer' in request.auth.token.roles; allow write: if request.auth.token.roles.hasAny(['editor', 'admin']); }",
  ),
  tenant(
    'membership documents',
    `function member(org) { return get(/databases/$(database)/documents/orgs/$(org)/members/$(request.auth.uid)).data; }
    function isMember(org) { return exists(/databases/$(database)/documents/orgs/$(org)/members/$(request.auth.uid)); }
    match /orgs/{org} {
      allow read: if isMember(org);
      allow update: if member(org).role == 'admin';
      match /members/{uid} {
        allow read: if isMember(org);
        allow write: if member(org).role == 'admin';
      }
      match /projects/{project} {
        allow read: if isMember(org);
        allow create: if isMember(org) && request.resource.data.createdBy == request.auth.uid;
        allow update, delete: if resource.data.createdBy == request.auth.uid || member(org).role == 'admin';
      }
    }`,
  ),
  tenant(
    'owner by get',
    'match /orgs/{org}/{document=**} { allow read, write: if get(/databases/$(database)/documents/orgs/$(org)).data.owner == request.auth.uid; }',
  ),
  tenant(
    'everything below',
    'match /orgs/{org}/{document=**} { allow read: if exists(/databases/$(database)/documents/orgs/$(org)/members/$(request.auth.uid)); }',
  ),
  tenant(
    'projects of all organisations',
    'match /{path=**}/projects/{project} { allow read: if resource.data.tenant == request.auth.token.tenant; }',
  ),
  tenant(
    'path of a group',
    "match /{path=**}/projects/{project} { allow get: if path[1] == 'acme'; allow list: if path[1] == 'acme'; }",
  ),
  tenant(
    'reference to an organisation',
    'match /items/{id} { allow read: if resource.data.org == /databases/$(database)/documents/orgs/$(request.auth.token.tenant); }',
  ),
  tenant(
    'look-up by a reference',
    'match /items/{id} { allow get: if get(resource.data.org).data.plan == "pro"; allow list: if get(resource.data.org).data.plan == "pro"; }',
  ),
  tenant(
    'no self promotion',
    `match /orgs/{org}/members/{uid} {
      allow update: if request.auth.uid == uid && request.resource.data.role == resource.data.role;
      allow read: if request.auth != null;
    }`,
  ),
  tenant(
    'plan stays',
    "match /orgs/{org} { allow update: if request.auth.uid == resource.data.owner && !('plan' in request.resource.data.diff(resource.data).affectedKeys()); }",
  ),
  tenant(
    'seats go up',
    'match /orgs/{org} { allow update: if request.resource.data.seats > resource.data.seats && request.resource.data.seats <= 10; }',
  ),
  tenant(
    'not archived',
    'match /orgs/{org}/projects/{project} { allow read: if resource.data.archived == false; }',
  ),
  tenant(
    'archived may be missing',
    "match /orgs/{org}/projects/{project} { allow get: if !('archived' in resource.data) || !resource.data.archived; }",
  ),
  tenant(
    'archived with a default',
    "match /orgs/{org}/projects/{project} { allow get: if resource.data.get('archived', false) == false; }",
  ),
];
