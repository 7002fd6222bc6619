import { invalidArgument, type StatusError } from '@telestack/errors';

/** Where in a message a reader stands: "writes[0].update.fields[2].value". Google's messages count a map's entries as a list's. */
export class Path {
  readonly #parts: (string | number)[] = [];

  push(part: string | number): void {
    this.#parts.push(part);
  }

  pop(): void {
    this.#parts.pop();
  }

  get depth(): number {
    return this.#parts.length;
  }

  toString(): string {
    return this.#parts.reduce<string>(
      (text, part) =>
        typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`,
      '',
    );
  }
}

/** What an error message repeats of a name or a value. */
const MAX_SHOWN = 100;

/** ` at 'writes[0]'`; nothing at the root. */
const at = (path: Path): string => (path.depth === 0 ? '' : ` at '${path}'`);

export function unknownName(name: string, path: Path, why = 'Cannot find field.'): StatusError {
  return invalidArgument(
    `Invalid JSON payload received. Unknown name "${name.slice(0, MAX_SHOWN)}"${at(path)}: ${why}`,
  );
}

/** @param type as `typeName` names it */
export function invalidValue(path: Path, type: string, value: unknown): StatusError {
  const isShown = typeof value !== 'object' || value === null;
  const shown = isShown ? `, ${JSON.stringify(value).slice(0, MAX_SHOWN)}` : '';
  return invalidArgument(`Invalid value${at(path)} (${type})${shown}`);
}
