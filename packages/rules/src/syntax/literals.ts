const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The text of a string literal with its quotes. */
export function stringLiteral(quoted: string): string {
  return unquote(quoted.slice(1, -1));
}

/** The bytes of a literal such as `b"\xff"`; undefined when an escape is no byte. */
export function bytesLiteral(quoted: string): Uint8Array | undefined {
  const body = quoted.slice(2, -1);
  if (/\\u/.test(body)) return undefined;
  // Plain characters stand for their UTF-8, escapes for single bytes.
  const parts = body.split(/(\\(?:x[0-9A-Fa-f]{2}|[0-3][0-7]{2}|.))/u);
  return Buffer.concat(
    parts.map((part, i) => Buffer.from(i % 2 === 1 ? unquote(part) : part, i % 2 === 1 ? 'latin1' : 'utf8')),
  );
}

function unquote(body: string): string {
  if (!body.includes('\\')) return body;
  return body.replace(
    /\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|(.))/gu,
    (_all, unicode?: string, hex?: string, octal?: string, other?: string) => {
      if (unicode ?? hex) return String.fromCharCode(Number.parseInt((unicode ?? hex)!, 16));
      if (octal) return String.fromCharCode(Number.parseInt(octal, 8));
      return ESCAPES[other!] ?? other!;
    },
  );
}
