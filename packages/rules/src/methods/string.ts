import { regexOf } from '../functions/regex.ts';
import { method } from '../functions/signature.ts';
import { isError } from '../values/error.ts';

/** ASCII only, as measured: `'É'.lower()` stays. */
const lower = (text: string): string => text.replace(/[A-Z]+/g, (run) => run.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]+/g, (run) => run.toUpperCase());

/** Methods of strings. Regular expressions are RE2's; `matches` is about the whole string. */
export const stringMethods = {
  lower: method<[string]>(['string.lower()'], lower),
  matches: method<[string, string]>(['string.matches(string)'], (text, pattern) => {
    const regex = regexOf(pattern);
    return isError(regex) ? regex : regex.matches(text);
  }),
  replace: method<[string, string, string]>(
    ['string.replace(string, string)'],
    (text, pattern, replacement) => {
      const regex = regexOf(pattern);
      return isError(regex) ? regex : regex.replaceAll(text, replacement);
    },
  ),
  size: method<[string]>(['string.size()'], (text) => BigInt(text.length)),
  split: method<[string, string]>(['string.split(string)'], (text, pattern) => {
    const regex = regexOf(pattern);
    return isError(regex) ? regex : regex.split(text);
  }),
  toUtf8: method<[string]>(['string.toUtf8()'], (text) => Buffer.from(text, 'utf8')),
  /** Takes away characters up to U+0020. */
  trim: method<[string]>(['string.trim()'], (text) => {
    let start = 0;
    let end = text.length;
    while (start < end && text.charCodeAt(start) <= 32) start++;
    while (end > start && text.charCodeAt(end - 1) <= 32) end--;
    return text.slice(start, end);
  }),
  upper: method<[string]>(['string.upper()'], upper),
};
