const TEXT = 'A line of plain text such as people keep in a document, long enough to be worth its bytes. ';

/** A document of about 300 bytes: the kinds of fields that applications keep. */
export function documentData(n: number): Record<string, unknown> {
  return {
    name: `user ${n}`,
    email: `user${n}@example.com`,
    number: n,
    active: n % 2 === 0,
    balance: n / 7,
    tags: ['red', 'green', `t${n % 100}`],
    address: { city: `city ${n % 500}`, street: `street ${n % 1000}` },
    text: TEXT,
  };
}

/** The same document as the JSON text that the baseline stores. */
export function documentJson(n: number): string {
  return JSON.stringify(documentData(n));
}
