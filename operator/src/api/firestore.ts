import { exactlyOne } from '../schema/rules.ts';
import { choice, type Infer, list, object, optional, text, withDefault } from '../schema/schema.ts';
import { nameOf } from './common.ts';

/** Text that is in the resource itself or in a ConfigMap. */
const source = (description: string, key: string) =>
  object(
    description,
    {
      inline: optional(text('The text itself.', { maxLength: 262_144 })),
      configMapRef: optional(
        object('A ConfigMap that has it.', {
          name: nameOf('ConfigMap, in the namespace of the project'),
          key: withDefault(text('Key in the ConfigMap.', { minLength: 1, maxLength: 253 }), key),
        }),
      ),
    },
    [exactlyOne('inline', 'configMapRef')],
  );
export type TextSource = Infer<ReturnType<typeof source>>;

const policy = object('Access to a collection without rules.', {
  collection: text('Id of the collection.', { minLength: 1, maxLength: 1_024 }),
  access: choice(
    'Who may read and write: the owner of a document, everybody (reading), signed-in users, or a role.',
    ['Owner', 'PublicRead', 'Authenticated', 'Role'],
  ),
  role: optional(text('The role, where access is Role.', { maxLength: 128 })),
});

const database = object('A Firestore database.', {
  name: text('Id of the database.', {
    pattern: '^(\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$',
    maxLength: 63,
  }),
  rules: optional(
    source(
      'Security rules. A database that never had any allows nothing; removing them leaves the last ones in force.',
      'firestore.rules',
    ),
  ),
  indexes: optional(source('Composite indexes, as in firestore.indexes.json.', 'firestore.indexes.json')),
  schemas: optional(source('JSON Schema by collection id.', 'schemas.json')),
  policies: withDefault(list('Simpler policies beside the rules.', policy, { keys: ['collection'] }), []),
});
export type Database = Infer<typeof database>;

export const firestore = withDefault(
  object('The document databases.', {
    databases: withDefault(
      list('Databases of the project.', database, { minItems: 1, maxItems: 32, keys: ['name'] }),
      [{ name: '(default)' }],
    ),
    retention: withDefault(
      text('How far back reads at a time and resume tokens reach.', {
        pattern: '^[0-9]+(s|m|h|d)$',
        maxLength: 16,
      }),
      '1h',
    ),
  }),
  {},
);
