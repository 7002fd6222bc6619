import { invalidArgument } from '@telestack/errors';

const MAX_NAME_BYTES = 1024;
/** What a file system below the object store takes as one name. */
const MAX_SEGMENT_BYTES = 255;
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * An object's path as a client gave it, without its leading slash. Rules as Cloud Storage has them, and those of S3 servers that keep
 * objects as files.
 * @throws StatusError INVALID_ARGUMENT
 */
export function objectPath(name: string): string {
  const path = name.startsWith('/') ? name.slice(1) : name;
  if (path === '') throw invalidArgument('Required parameter: name');
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_NAME_BYTES) {
    throw invalidArgument(
      `The maximum object name length is ${MAX_NAME_BYTES} characters, but got a name with ${bytes} characters.`,
    );
  }
  if (CONTROL.test(path) || !path.isWellFormed()) throw invalidName(path, 'it holds a control character');
  const segments = path.split('/');
  // A name may end with a slash: that is how empty folders are kept.
  if (segments.at(-1) === '') segments.pop();
  for (const segment of segments) {
    if (segment === '') throw invalidName(path, 'it has an empty segment');
    if (segment === '.' || segment === '..') throw invalidName(path, `"${segment}" is no name`);
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      throw invalidName(path, `a segment has more than ${MAX_SEGMENT_BYTES} bytes`);
  }
  return path;
}

/** @throws StatusError INVALID_ARGUMENT */
export function bucketName(name: string): string {
  if (!BUCKET.test(name) || name.includes('..'))
    throw invalidArgument(`Invalid bucket name: '${short(name)}'`);
  return name;
}

function invalidName(path: string, why: string) {
  return invalidArgument(`Disallowed object name '${short(path)}': ${why}.`);
}

function short(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not reach a log
  return text.slice(0, 100).replaceAll(/[\u0000-\u001f\u007f]/g, '?');
}
