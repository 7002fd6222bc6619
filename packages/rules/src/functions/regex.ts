import { RE2JS } from 're2js';
import { EvaluationError, isError } from '../values/error.ts';

/** An expression in RE2's syntax; every operation takes linear time. */
export interface Regex {
  /** Whether the whole text matches. */
  matches(text: string): boolean;
  /** `$1` in the replacement is a group, a backslash quotes. */
  replaceAll(text: string, replacement: string): string | EvaluationError;
  /** The texts between matches, without empty ones at the end. */
  split(text: string): string[];
}

const MAX_CACHED = 500;
const cache = new Map<string, Regex | EvaluationError>();

/** Compiled expressions are kept: rules use the same few again and again, some of them made of data. */
export function regexOf(pattern: string): Regex | EvaluationError {
  const cached = cache.get(pattern);
  if (cached !== undefined) return cached;
  if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value!);
  const regex = compile(pattern);
  cache.set(pattern, regex);
  return regex;
}

/** Patterns may be made of a client's data: compiling one takes 2 ms per 1,000 characters at worst. */
const MAX_PATTERN = 10_000;

function compile(pattern: string): Regex | EvaluationError {
  const invalid = new EvaluationError(`Invalid regular expression pattern. Pattern: ${pattern}.`);
  // RE2 of Google's rules does not know \C (a single byte).
  if (pattern.length > MAX_PATTERN || /(?:^|[^\\])(?:\\\\)*\\C/.test(pattern)) return invalid;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch {
    return invalid;
  }
  return {
    matches: (text) => compiled.testExact(text),
    replaceAll: (text, replacement) => replaceText(compiled, text, replacement),
    split: (text) => splitText(compiled, text),
  };
}

/** What `$1`, `${name}`, a backslash and plain text stand for in a replacement. */
const REPLACEMENT = /\$([0-9])|\$\{([A-Za-z_][A-Za-z_0-9]*)\}|\\(.)|./gsu;

function replaceText(regex: RE2JS, text: string, replacement: string): string | EvaluationError {
  const parts = [...replacement.matchAll(REPLACEMENT)];
  const matcher = regex.matcher(text);
  let replaced = '';
  let last = 0;
  try {
    while (matcher.find()) {
      replaced += text.slice(last, matcher.start());
      for (const [all, group, name, quoted] of parts) {
        if (group !== undefined) replaced += matcher.group(Number(group)) ?? '';
        else if (name !== undefined) replaced += matcher.group(name) ?? '';
        else replaced += quoted ?? all;
      }
      last = matcher.end();
    }
  } catch {
    return new EvaluationError(`Invalid replacement. Replacement: ${replacement}.`);
  }
  return replaced + text.slice(last);
}

/** As Java's RE2 splits: an empty match before the first character gives an empty text. */
function splitText(regex: RE2JS, text: string): string[] {
  const parts: string[] = [];
  const matcher = regex.matcher(text);
  let last = 0;
  while (matcher.find()) {
    if (last === 0 && matcher.end() === 0 && text === '') continue;
    parts.push(text.slice(last, matcher.start()));
    last = matcher.end();
  }
  parts.push(text.slice(last));
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}

export const isValidPattern = (pattern: string): boolean => !isError(regexOf(pattern));
