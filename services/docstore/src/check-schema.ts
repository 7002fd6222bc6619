import { readFile } from 'node:fs/promises';
import { Database } from '@telestack/pg';
import { CollectionSettings } from './access/collection-settings.ts';
import { checkCollection } from './schemas/check-collection.ts';
import { Schemas } from './schemas/schemas.ts';
import type { Validator } from './schemas/validator.ts';

const USAGE = `Usage: DATABASE_URL=postgres://… node check-schema.ts <project> <database> <collection> [schemas.json]
Lists the documents of a collection that do not fit its schema: the one in force, or the one in the file. Exit code 1 when there are some.`;
const PAGE = 1_000;

/** Writes a line for each document that does not fit; resolves to their number. */
async function check(
  database: Database,
  name: string,
  collectionId: string,
  validator: Validator,
): Promise<{ checked: number; misfits: number }> {
  let [checked, misfits] = [0, 0];
  let after: string | undefined;
  do {
    const page = await checkCollection(database, { name, collectionId }, validator, { after, limit: PAGE });
    for (const misfit of page.misfits) console.log(`${misfit.name}\t${misfit.path} ${misfit.problem}`);
    checked += page.checked;
    misfits += page.misfits.length;
    after = page.next;
  } while (after !== undefined);
  return { checked, misfits };
}

async function validatorOf(
  database: Database,
  [project, databaseId, collectionId, file]: readonly string[],
): Promise<Validator> {
  const content =
    file === undefined
      ? (
          await new CollectionSettings(database).get({
            project: project!,
            databaseId: databaseId!,
            kind: 'schemas',
          })
        ).content
      : await readFile(file, 'utf8');
  const validator = Schemas.parse(content).validatorOf(collectionId!);
  if (validator === undefined) throw new Error(`"${collectionId}" has no schema.`);
  return validator;
}

const args = process.argv.slice(2);
const connectionString = process.env.DATABASE_URL;
if (args.length < 3 || args.length > 4 || !connectionString) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const database = new Database({ connectionString, applicationName: 'telestack-check-schema', max: 2 });
  try {
    const validator = await validatorOf(database, args);
    const { checked, misfits } = await check(database, `${args[0]}/${args[1]}`, args[2]!, validator);
    console.error(`${misfits} of ${checked} documents do not fit.`);
    process.exitCode = misfits > 0 ? 1 : 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  } finally {
    await database.close();
  }
}
