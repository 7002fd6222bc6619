import { AccessDefinition } from '@telestack/protos/telestack/docstore/v1/access.ts';
import { DocstoreDefinition } from '@telestack/protos/telestack/docstore/v1/docstore.ts';
import { type Channel, createClient } from '@telestack/rpc';
import type { StorageAccess } from '../access.ts';
import { RulesAccess } from './rules-access.ts';
import { RulesInForce } from './rules-in-force.ts';

/** Access by the rules that a docstore keeps. In the dev profile a bucket without rules is open, in production closed. */
export function accessByRules(docstore: Channel, profile: 'dev' | 'production'): StorageAccess {
  const isEmulating = profile === 'dev';
  const rules = new RulesInForce({
    releases: createClient(AccessDefinition, docstore),
    withoutRules: isEmulating ? 'open' : 'closed',
    isEmulating,
  });
  return new RulesAccess({ rules, documents: createClient(DocstoreDefinition, docstore) });
}
