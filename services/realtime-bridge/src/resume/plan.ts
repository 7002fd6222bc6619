import type { ExistenceFilter } from '@telestack/protos/google/firestore/v1/write.ts';
import { documentName } from '@telestack/values';
import { ReadTimeError } from '../docstore/errors.ts';
import { readLeaves } from '../docstore/leaves.ts';
import type { DocstoreReader } from '../docstore/reader.ts';
import type { DocumentState } from '../feed/document-state.ts';
import type { Leave } from '../views/delta.ts';
import type { ViewSpec } from '../views/view.ts';
import { createBloomFilter } from './bloom-filter.ts';

/** What a client says of what it has. */
export interface Resume {
  /** The state that it has; microseconds. Undefined: its token means nothing here. */
  readonly time: number | undefined;
  /** Documents of the target that it had then. */
  readonly expectedCount: number | undefined;
}

/** What brings the client from its state to the target's at the read time. */
export interface ResumePlan {
  /** Whether the client must forget what it has. */
  readonly isReset: boolean;
  readonly upserts: readonly DocumentState[];
  readonly leaves: readonly Leave[];
  readonly missing: readonly string[];
  readonly filter: ExistenceFilter | undefined;
}

/** `rows`: the target at `readTime` (microseconds) by path, with or without fields. Throws as DocstoreReader.read. */
export async function planResume(
  spec: ViewSpec,
  targetId: number,
  rows: ReadonlyMap<string, DocumentState>,
  readTime: number,
  resume: Resume,
  reader: DocstoreReader,
  signal: AbortSignal,
): Promise<ResumePlan> {
  const { time, expectedCount } = resume;
  if (spec.scope.kind === 'documents') return planDocuments(spec.scope.paths, rows, resume);
  if (time === undefined) return everything(rows);
  const before = await pathsAt(spec, time, reader, signal);
  const filter = (): ExistenceFilter => ({
    targetId,
    count: rows.size,
    unchangedNames: createBloomFilter(names(spec.database, rows.keys()), rows.size),
  });
  if (before === undefined) {
    // A row can enter a limited result without a change of its own, and then only the whole result will do.
    if (!expectedCount || !spec.shape.namesSuffice) return everything(rows);
    const upserts = [...rows.values()].filter((row) => row.updateTime > time);
    return { isReset: false, upserts, leaves: [], missing: [], filter: filter() };
  }
  const left = [...before].filter((path) => !rows.has(path));
  return {
    isReset: false,
    upserts: [...rows.values()].filter((row) => row.updateTime > time || !before.has(row.path)),
    leaves: await readLeaves(reader, spec.database, left, readTime, signal),
    missing: [],
    filter: expectedCount !== undefined && expectedCount !== before.size ? filter() : undefined,
  };
}

/** What names say is known from now alone: a document that is missing now is missing for every client. */
function planDocuments(
  paths: ReadonlySet<string>,
  rows: ReadonlyMap<string, DocumentState>,
  { time = 0, expectedCount }: Resume,
): ResumePlan {
  const isUnsure = expectedCount !== undefined && expectedCount !== rows.size;
  return {
    isReset: false,
    upserts: [...rows.values()].filter((row) => isUnsure || row.updateTime > time),
    leaves: [],
    missing: [...paths].filter((path) => !rows.has(path)),
    filter: undefined,
  };
}

const everything = (rows: ReadonlyMap<string, DocumentState>): ResumePlan => ({
  isReset: true,
  upserts: [...rows.values()],
  leaves: [],
  missing: [],
  filter: undefined,
});

/** The target's documents at a past time; undefined when that is past recall. */
async function pathsAt(
  { shape, database, principal }: ViewSpec,
  readTime: number,
  reader: DocstoreReader,
  signal: AbortSignal,
): Promise<Set<string> | undefined> {
  const paths = new Set<string>();
  try {
    const options = { database, principal, namesOnly: true, signal, readTime };
    for await (const { rows } of reader.read(shape.visible, options)) {
      for (const { path } of rows) paths.add(path);
    }
    return paths;
  } catch (error) {
    if (error instanceof ReadTimeError) return undefined;
    throw error;
  }
}

function* names(database: string, paths: Iterable<string>): Generator<string, void, void> {
  for (const path of paths) yield documentName(database, path);
}
