import { floatText } from '../src/functions/float-text.ts';
import { Duration } from '../src/values/duration.ts';
import { EvaluationError } from '../src/values/error.ts';
import { LatLng } from '../src/values/latlng.ts';
import { RulesMap } from '../src/values/map.ts';
import { MapDiff } from '../src/values/map-diff.ts';
import { Path } from '../src/values/path.ts';
import { RulesSet } from '../src/values/set.ts';
import { Timestamp } from '../src/values/timestamp.ts';
import type { Result } from '../src/values/value.ts';

/** A result as text that tells types apart: `1`, `1.0`, `"a"`, `{a: 1}`, `set["a"]`, `/a/b`, `2s`, `error: ...`. */
export function show(result: Result): string {
  if (result instanceof EvaluationError) return `error: ${result.message}`;
  if (typeof result === 'number') return floatText(result);
  if (typeof result === 'string') return JSON.stringify(result);
  if (typeof result !== 'object' || result === null) return String(result);
  if (Array.isArray(result)) return `[${result.map(show).join(', ')}]`;
  if (result instanceof RulesMap) {
    const members = result.keys().sort();
    return `{${members.map((key) => `${key}: ${show(result.get(key)!)}`).join(', ')}}`;
  }
  if (result instanceof RulesSet) return `set[${result.elements.map(show).sort().join(', ')}]`;
  if (result instanceof Path) {
    return `/${result.segments.map((part) => (typeof part === 'string' ? part : `{${part.name}}`)).join('/')}`;
  }
  if (result instanceof Timestamp) return `${instant(result)}Z`;
  if (result instanceof Duration) return `${decimal(result.nanos)}s`;
  if (result instanceof Uint8Array) return `b"${Buffer.from(result).toString('base64')}"`;
  if (result instanceof LatLng) return `(${floatText(result.latitude)}, ${floatText(result.longitude)})`;
  return result instanceof MapDiff ? 'diff' : 'other';
}

const instant = (timestamp: Timestamp): string =>
  timestamp.date.toISOString().slice(0, 19) + fraction(timestamp.nanosOfSecond);

function decimal(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? '-' : ''}${size / 1_000_000_000n}${fraction(size % 1_000_000_000n)}`;
}

const fraction = (nanos: bigint): string =>
  nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
