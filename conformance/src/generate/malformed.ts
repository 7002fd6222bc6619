import { ROOT, type Step } from '../case.ts';
import type { Prng } from '../prng.ts';
import { INVALID_UTF8, type Json, type Message } from '../wire.ts';
import { BAD_DATABASES, BAD_DOCUMENT_NAMES, BAD_FIELD_PATHS, BAD_IDS, BAD_PARENTS } from './names.ts';
import { array, double, geo, integer, map, nested, nothing, text, time, vector } from './values.ts';

const VALUE_KEYS = new Set([
  'nullValue',
  'booleanValue',
  'integerValue',
  'doubleValue',
  'timestampValue',
  'stringValue',
  'bytesValue',
  'referenceValue',
  'geoPointValue',
  'arrayValue',
  'mapValue',
]);

function badValues(prng: Prng): Message {
  return prng.pick<Message>([
    {},
    array(array(integer(1))),
    array({}),
    array(vector(1)),
    map({ a: {} }),
    map({ '': integer(1) }),
    map({ __a__: integer(1) }),
    map({ _____: nothing() }),
    map({ ['k'.repeat(1501)]: nothing() }),
    map({ __type__: text('__vector__') }),
    map({ __type__: text('__vector__'), value: array(integer(1)) }),
    map({ __type__: text('__vector__'), value: array() }),
    map({ __type__: text('__vector__'), value: array(double('NaN')) }),
    map({ __type__: text('__vector__'), value: array(double(1)), x: nothing() }),
    map({ __type__: text('__vector__'), value: text('x') }),
    map({ __type__: text('__max__') }),
    map({ __type__: integer(1) }),
    vector(...Array<number>(2049).fill(1)),
    geo(90.5, 0),
    geo(0, -180.5),
    { geoPointValue: { latitude: 'NaN', longitude: 0 } },
    time('253402300800'),
    time('-62135596801'),
    time(0, -1),
    time(0, 1_000_000_000),
    { referenceValue: prng.pick(BAD_DOCUMENT_NAMES) },
    nested(prng, 21),
    nested(prng, 20),
    { fieldReferenceValue: 'a' },
    { functionValue: { name: 'f' } },
    { pipelineValue: {} },
    text(INVALID_UTF8),
    { nullValue: 5 },
    { mapValue: {} },
    { arrayValue: {} },
    nothing(),
    double('NaN'),
  ]);
}

const NUMBERS = [-1, 0, -2147483648, 2147483647, 301, 1001];
/** Other texts are no int64: they cannot be sent. */
const INTEGERS = ['0', '-1', '9223372036854775807', '-9223372036854775808'];
const TOKENS = ['', 'x', 'AAAA', 'CgRiaWcyEgj0iGyoKfe7Mg==', INVALID_UTF8];
const TIMES: Message[] = [
  {},
  { seconds: '1' },
  { seconds: '4000000000' },
  { seconds: '5', nanos: 123 },
  { seconds: '99999999999999' },
  { seconds: '1', nanos: -1 },
];

/** Replacements for a member, by its name. */
function badMember(prng: Prng, key: string): Json | undefined {
  switch (key) {
    case 'name':
    case 'document':
    case 'delete':
    case 'verify':
    case 'documents':
      return prng.pick(BAD_DOCUMENT_NAMES);
    case 'database':
      return prng.pick(BAD_DATABASES);
    case 'parent':
      return prng.pick(BAD_PARENTS);
    case 'collectionId':
    case 'documentId':
    case 'alias':
      return prng.pick(BAD_IDS);
    case 'fieldPath':
    case 'fieldPaths':
      return prng.pick(BAD_FIELD_PATHS);
    case 'op':
    case 'direction':
    case 'setToServerValue':
      return prng.int(-1, 12);
    case 'integerValue':
      return prng.pick(INTEGERS);
    case 'value':
    case 'offset':
    case 'pageSize':
      return prng.pick(NUMBERS);
    case 'pageToken':
      return prng.pick(TOKENS);
    case 'transaction':
    case 'retryTransaction':
    case 'streamToken':
    case 'resumeToken':
      return prng.pick(['', 'AAAA', 'aGVsbG8=']);
    case 'readTime':
    case 'updateTime':
      return prng.pick(TIMES);
    case 'orderBy':
      return prng.pick(['', ',', 'a b c', 'a,', ',a', 'a desc desc', 'desc', '`a', '*', 'a;b']);
    default:
      return undefined;
  }
}

const TEXTS = ['', INVALID_UTF8, '\u0000', ' ', 'x'.repeat(2000), '\ud7ff\uffff'];
const EXTREMES = [-1, 0, 1, 99, 2147483647, -2147483648];

/** Replacements for a member that says nothing by its name: enums by number, and what there is of any type. */
function badScalar(prng: Prng, value: Json): Json | undefined {
  if (typeof value === 'string') return prng.pick(TEXTS);
  if (typeof value === 'number') return prng.pick(EXTREMES);
  return typeof value === 'boolean' ? !value : undefined;
}

interface Place {
  holder: Message | Json[];
  key: string | number;
  /** The member's name; for an element, that of its list. */
  name: string;
  value: Json;
}

function places(value: Json | undefined, name: string, into: Place[]): Place[] {
  if (Array.isArray(value)) {
    value.forEach((item, key) => {
      into.push({ holder: value, key, name, value: item });
      places(item, name, into);
    });
  } else if (value !== null && typeof value === 'object' && !('$from' in value)) {
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      into.push({ holder: value, key, name: key, value: item });
      places(item, key, into);
    }
  }
  return into;
}

function isValue(value: Json): boolean {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.keys(value).some((key) => VALUE_KEYS.has(key))
  );
}

function isMessage(value: Json): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function put(place: Place, value: Json): void {
  (place.holder as Record<string | number, Json>)[place.key] = value;
}

function remove(place: Place): void {
  if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1);
  else delete place.holder[place.key];
}

/** Additions that the other members do not go with. */
function addition(prng: Prng, request: Message): void {
  const all = places(request, '', []).filter(({ value, name }) => isMessage(value) && name !== 'fields');
  const target = all.length > 0 && prng.chance(0.6) ? (prng.pick(all).value as Message) : request;
  const [key, value] = prng.pick<[string, Json]>([
    ['updateMask', { fieldPaths: ['a'] }],
    ['updateMask', {}],
    ['updateTransforms', [{ fieldPath: 'a', increment: integer(1) }]],
    ['delete', `${ROOT}/c/a`],
    ['currentDocument', { exists: true }],
    ['mask', { fieldPaths: ['a..b'] }],
    ['showMissing', true],
    ['orderBy', 'a'],
    ['readTime', { seconds: '1' }],
    ['transaction', 'AAAA'],
    ['limit', { value: -1 }],
    ['offset', -1],
    ['pageSize', -1],
    ['newTransaction', { readOnly: {} }],
    ['newTransaction', {}],
    ['newTransaction', { readWrite: { retryTransaction: 'AAAA' } }],
    ['options', { readOnly: { readTime: { seconds: '1' } } }],
    ['where', {}],
    ['where', { compositeFilter: {} }],
    ['findNearest', {}],
    ['startAt', { values: [{}] }],
    ['endAt', {}],
    ['collectionId', ''],
    ['pageToken', INVALID_UTF8],
    ['labels', { [INVALID_UTF8]: INVALID_UTF8 }],
    ['select', { fields: [{}] }],
  ]);
  target[key] = value;
}

/** What a place is replaced by; undefined when there is no better idea than to remove or repeat it. */
function replacement(prng: Prng, place: Place): Json | undefined {
  if (isValue(place.value)) return badValues(prng);
  if (Array.isArray(place.value)) return prng.chance(0.4) ? [] : undefined;
  if (isMessage(place.value)) return prng.chance(0.4) ? {} : undefined;
  if (prng.chance(0.85)) return badMember(prng, place.name) ?? badScalar(prng, place.value);
  return prng.chance(0.3) ? badScalar(prng, place.value) : undefined;
}

const BAD_KEYS = [
  '',
  '__a__',
  '__name__',
  INVALID_UTF8,
  'k'.repeat(1501),
  '\u0000',
  '$int',
  '$keys',
  '__type__',
];

/** Gives a member of a document or of a map another name. */
function rename(prng: Prng, place: Place): void {
  const members = place.value as Message;
  const names = Object.keys(members);
  if (names.length === 0) return;
  const name = prng.pick(names);
  const { [name]: value, ...rest } = members;
  put(place, { ...rest, [prng.pick(BAD_KEYS)]: value });
}

function mutate(prng: Prng, request: Message): void {
  // A generated document id has its place by chance in what is read back.
  const all = places(request, '', []).filter(({ name }) => name !== 'documentId');
  if (all.length === 0 || prng.chance(0.12)) {
    addition(prng, request);
    return;
  }
  const place = prng.pick(all);
  if (place.name === 'fields' && isMessage(place.value) && prng.chance(0.7)) {
    rename(prng, place);
    return;
  }
  const bad = replacement(prng, place);
  if (bad !== undefined) put(place, bad);
  else if (Array.isArray(place.holder) && prng.chance(0.4)) place.holder.push(structuredClone(place.value));
  else remove(place);
}

/** Breaks one or two places of a request that was right. */
export function malformed(prng: Prng, step: Step): Step {
  const more = structuredClone(step.more ?? []);
  const request = structuredClone(step.request);
  for (let i = prng.chance(0.8) ? 1 : 2; i > 0; i--) {
    mutate(prng, more.length > 0 && prng.chance(0.8) ? prng.pick(more) : request);
  }
  return { ...step, request, ...(more.length > 0 && { more }) };
}
