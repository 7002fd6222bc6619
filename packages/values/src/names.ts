import { invalidArgument, type StatusError } from '@telestack/errors';
import { checkCollectionId, checkDocumentId, MAX_NAME_BYTES } from './identifiers.ts';
import { fitsUtf8 } from './text.ts';

/** Bytes of a document's name: firebase.google.com/docs/firestore/quotas. */
const MAX_DOCUMENT_NAME_BYTES = 6144;
/** Levels of subcollections: the same page. */
const MAX_DEPTH = 100;

export interface DatabaseName {
  readonly project: string;
  readonly databaseId: string;
  /** "project/databaseId", as stored. */
  readonly database: string;
}

export interface DocumentName {
  /** "project/databaseId", as stored. */
  readonly database: string;
  /** Below the database: "users/alice". */
  readonly path: string;
  /** Of the document that the collection belongs to; '' at the root. */
  readonly parentPath: string;
  readonly collectionId: string;
  readonly documentId: string;
}

export interface ParentName {
  readonly database: string;
  /** '' for the root of the database, else a document's path. */
  readonly path: string;
}

type Kind = 'Database name' | 'Document name' | 'Document parent name' | 'Resource name';

function malformed(kind: Kind, name: string, what: string): StatusError {
  return invalidArgument(`${kind} "${name}" ${what}`);
}

const trailingSlash = (kind: Kind, name: string): StatusError =>
  malformed(kind, name, 'has invalid trailing "/".');

interface Prefix extends DatabaseName {
  /** Where the database's name ends. */
  readonly end: number;
}

/** "projects/{project}/databases/{database}" at the start of a name. */
function parsePrefix(kind: Kind, name: string): Prefix {
  let at = 0;
  const literal = (text: string): void => {
    if (!name.startsWith(text, at)) throw malformed(kind, name, `lacks "${text}" at index ${at}.`);
    at += text.length;
  };
  const separator = (): void => {
    literal('/');
    if (at === name.length) throw trailingSlash(kind, name);
  };
  const id = (what: string): string => {
    const slash = name.indexOf('/', at);
    const text = name.slice(at, slash < 0 ? name.length : slash);
    if (text === '') throw malformed(kind, name, `lacks a ${what} id at index ${at}.`);
    at += text.length;
    return text;
  };
  literal('projects');
  separator();
  const project = id('project');
  separator();
  literal('databases');
  separator();
  const databaseId = id('database');
  return { project, databaseId, database: `${project}/${databaseId}`, end: at };
}

/**
 * "projects/p/databases/d".
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseDatabaseName(name: string): DatabaseName {
  const { end, ...parsed } = parsePrefix('Database name', name);
  if (end === name.length - 1 && name[end] === '/') throw trailingSlash('Database name', name);
  if (end < name.length) throw malformed('Database name', name, `has extra characters at index ${end}.`);
  return parsed;
}

/** Index of the first segment below "/documents"; the name's length when there is none. */
function startOfPath(kind: Kind, name: string, end: number): number {
  if (name[end] !== '/') throw malformed(kind, name, `lacks "/" at index ${end}.`);
  if (end === name.length - 1) throw trailingSlash(kind, name);
  const isDocuments = name.startsWith('documents', end + 1);
  const after = end + 1 + 'documents'.length;
  if (!isDocuments || (after < name.length && name[after] !== '/')) {
    throw malformed(kind, name, `lacks "documents" at index ${end + 1}.`);
  }
  if (after + 1 === name.length) throw malformed(kind, name, 'is invalid: Omit trailing "/".');
  return Math.min(after + 1, name.length);
}

/** Checks the segments of a path to a document, which begins at an index of the name. */
function checkSegments(kind: Kind, name: string, start: number): void {
  const segments = name.slice(start).split('/');
  let at = start;
  segments.forEach((segment, i) => {
    const what = i % 2 === 0 ? 'collection' : 'resource';
    if (segment === '' && at === name.length) throw trailingSlash(kind, name);
    if (segment === '') throw malformed(kind, name, `lacks a ${what} id at index ${at}.`);
    if (segment === '.' || segment === '..') {
      throw malformed(kind, name, `contains a ${what} id "${segment}" at index ${at}.`);
    }
    at += segment.length + 1;
  });
  if (segments.length % 2 !== 0) throw malformed(kind, name, `lacks "/" at index ${name.length}.`);
  segments.forEach((segment, i) => {
    if (i % 2 === 0) checkCollectionId(segment);
    else checkDocumentId(segment);
  });
}

/**
 * Checks what a document that is written may be called. Reads take any length: there is no such document.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkNameLimits({ database, path }: DocumentName): void {
  checkPathLimits(path);
  if (path.length <= MAX_NAME_BYTES / 3) return;
  if (!fitsUtf8(documentName(database, path), MAX_DOCUMENT_NAME_BYTES)) {
    throw invalidArgument(`Document name is longer than ${MAX_DOCUMENT_NAME_BYTES} bytes.`);
  }
}

/**
 * Checks the path of a document that is written or referred to by what is written.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkPathLimits(path: string): void {
  const segments = path.split('/');
  if (segments.length > 2 * MAX_DEPTH) {
    throw invalidArgument(`Key path is too long. Cannot exceed ${MAX_DEPTH} elements.`);
  }
  if (path.length <= MAX_NAME_BYTES / 3) return;
  segments.forEach((segment, i) => {
    if (fitsUtf8(segment, MAX_NAME_BYTES)) return;
    const what = i % 2 === 0 ? 'kind' : 'name';
    throw invalidArgument(`The key path element ${what} is longer than ${MAX_NAME_BYTES} bytes.`);
  });
}

function parseDocument(kind: Kind, name: string): DocumentName {
  const { database, end } = parsePrefix(kind, name);
  const start = startOfPath(kind, name, end);
  if (start === name.length) {
    throw malformed(
      kind,
      name,
      'is invalid: Omit "/documents" when referencing a database (except as the parent of a document).',
    );
  }
  checkSegments(kind, name, start);
  const path = name.slice(start);
  return { database, path, ...splitPath(path) };
}

/**
 * A document's resource name: "projects/p/databases/d/documents/users/alice".
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseDocumentName(name: string): DocumentName {
  return parseDocument('Document name', name);
}

/** A path that is known to be a document's ("users/alice"), in its parts. */
export function splitPath(path: string): Pick<DocumentName, 'parentPath' | 'collectionId' | 'documentId'> {
  const last = path.lastIndexOf('/');
  const before = path.lastIndexOf('/', last - 1);
  return {
    parentPath: before < 0 ? '' : path.slice(0, before),
    collectionId: path.slice(before + 1, last),
    documentId: path.slice(last + 1),
  };
}

/**
 * What queries and listings are relative to: "projects/p/databases/d/documents" or a document.
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseParent(name: string): ParentName {
  const kind = 'Document parent name';
  const { database, end } = parsePrefix(kind, name);
  const start = startOfPath(kind, name, end);
  if (start === name.length) return { database, path: '' };
  checkSegments(kind, name, start);
  return { database, path: name.slice(start) };
}

const PLAIN_REFERENCE = /^projects\/[^/]+\/databases\/[^/]+\/documents(?:\/[^/]+\/[^/]+)+$/;

/**
 * Checks the name that a reference value holds.
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkReference(name: string): void {
  if (name.length < 500 && !name.includes('/.') && !name.includes('/__') && PLAIN_REFERENCE.test(name))
    return;
  const { end } = parsePrefix('Resource name', name);
  if (end === name.length) throw invalidArgument('Non-document resource reference value not supported.');
  parseDocument('Resource name', name);
}

/** Whether a reference value may hold this name. */
export function isReferenceName(name: string): boolean {
  try {
    checkReference(name);
    return true;
  } catch {
    return false;
  }
}

/** The resource name of a database ("project/databaseId"). */
export function databaseName(database: string): string {
  const slash = database.indexOf('/');
  return `projects/${database.slice(0, slash)}/databases/${database.slice(slash + 1)}`;
}

/** The resource name of a document, or of the root ("…/documents") for the empty path. */
export function documentName(database: string, path: string): string {
  const root = `${databaseName(database)}/documents`;
  return path === '' ? root : `${root}/${path}`;
}
