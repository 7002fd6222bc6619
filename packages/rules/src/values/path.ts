import { EvaluationError, isError } from './error.ts';

/** A segment that is still to be bound. */
export interface Hole {
  readonly name: string;
  readonly recursive: boolean;
}

/** `/a/b`; with holes such as `{c}` it is a template. */
export class Path {
  readonly segments: readonly (string | Hole)[];

  constructor(segments: readonly (string | Hole)[]) {
    this.segments = segments;
  }

  /** From the text that `path()` takes. */
  static parse(text: string): Path | EvaluationError {
    const body = text.startsWith('/') ? text.slice(1) : text;
    if (body === '') return new EvaluationError('Empty Path Template is not allowed.');
    const segments = body.split('/').map((segment): string | Hole | undefined => {
      const hole = /^\{([A-Za-z_][A-Za-z_0-9]*)(=\*\*?)?\}$/.exec(segment);
      if (hole !== null) return { name: hole[1]!, recursive: hole[2] === '=**' };
      return segment === '' ? undefined : segment;
    });
    if (segments.includes(undefined)) {
      return new EvaluationError(`Invalid Path Template ${text}. Empty segment is not allowed.`);
    }
    return new Path(segments as (string | Hole)[]);
  }

  /** All segments as text; undefined when a hole is left. */
  texts(): readonly string[] | undefined {
    return this.segments.every((segment) => typeof segment === 'string')
      ? (this.segments as readonly string[])
      : undefined;
  }

  /** Fills holes with the segments that are given for them; a hole that is given none goes away. */
  bind(segmentsOf: (hole: Hole) => readonly string[] | EvaluationError): Path | EvaluationError {
    const bound: string[] = [];
    for (const segment of this.segments) {
      const filled = typeof segment === 'string' ? [segment] : segmentsOf(segment);
      if (isError(filled)) return filled;
      bound.push(...filled);
    }
    return new Path(bound);
  }

  get holes(): readonly string[] {
    return this.segments.flatMap((segment) => (typeof segment === 'string' ? [] : [segment.name]));
  }

  equals(other: Path): boolean {
    return (
      this.segments.length === other.segments.length &&
      this.segments.every((segment, i) => segmentText(segment) === segmentText(other.segments[i]!))
    );
  }

  toString(): string {
    return `/${this.segments.map((segment) => (typeof segment === 'string' ? segment : '')).join('/')}`;
  }
}

const segmentText = (segment: string | Hole): string =>
  typeof segment === 'string' ? segment : `{${segment.name}${segment.recursive ? '=**' : ''}}`;
