/** The values of a statement under construction. */
export class Parameters {
  readonly values: unknown[] = [];
  readonly #inline: boolean;

  /** `inline` writes values into the text, for a statement that is kept and run later. */
  constructor(options: { inline?: boolean } = {}) {
    this.#inline = options.inline ?? false;
  }

  /** Adds a value and gives what stands for it in the text. */
  add(value: string | number | readonly string[]): string {
    if (this.#inline) return inlined(value);
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

function inlined(value: string | number | readonly string[]): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return literal(value);
  return `ARRAY[${value.map(literal).join(', ')}]::text[]`;
}

/** A SQL string literal. For what an index's predicate must be matched against: a placeholder cannot prove a partial index. */
export function literal(text: string): string {
  const escaped = text.replaceAll("'", "''");
  return escaped.includes('\\') ? `E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}
