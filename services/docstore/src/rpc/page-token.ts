import { invalidArgument } from '@telestack/errors';

/** Where a listing goes on: the last id that was returned, and the read time of its first page. */
export interface PageToken {
  readonly after: string;
  /** Microseconds. */
  readonly readTime: number;
}

export const formatPageToken = (token: PageToken): string =>
  Buffer.from(JSON.stringify(token)).toString('base64url');

export function parsePageToken(text: string): PageToken | undefined {
  if (text === '') return undefined;
  try {
    const { after, readTime } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<PageToken>;
    if (typeof after === 'string' && typeof readTime === 'number') return { after, readTime };
  } catch (cause) {
    throw invalidArgument('invalid page token', { cause });
  }
  throw invalidArgument('invalid page token');
}
