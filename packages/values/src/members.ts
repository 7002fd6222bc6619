import { type Fields, type Json, loneDollarKey } from './json.ts';

/** The member that holds those whose keys JSON text or the tag syntax cannot hold. */
const HIDDEN = '$keys';

/** Whether a key lives in `$keys` whatever else the map holds. */
const isHidden = (key: string): boolean => key === HIDDEN || key.includes('\0');
const escapeKey = (key: string): string => key.replaceAll('%', '%25').replaceAll('\0', '%00');
const unescapeKey = (key: string): string => key.replaceAll('%00', '\0').replaceAll('%25', '%');

/** The hidden members; a `$keys` that a SQL writer filled with something else is an ordinary member. */
function hiddenOf(map: Fields): Fields | undefined {
  if (!Object.hasOwn(map, HIDDEN)) return undefined;
  const hidden = map[HIDDEN]!;
  return typeof hidden === 'object' && hidden !== null && !Array.isArray(hidden) ? hidden : undefined;
}

/** Assigns an own property, `__proto__` too. */
export function setOwn(object: Fields, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** Names and values of a map's members as a client sees them. */
export function mapEntries(map: Fields): [string, Json][] {
  const hidden = hiddenOf(map);
  const entries = Object.entries(map);
  if (hidden === undefined) return entries;
  return [
    ...entries.filter(([key]) => key !== HIDDEN),
    ...Object.entries(hidden).map(([key, value]): [string, Json] => [unescapeKey(key), value]),
  ];
}

/** The stored form of a map with these members; a later duplicate wins. */
export function mapFrom(entries: Iterable<readonly [string, Json]>): Fields {
  const plain: Fields = {};
  const hidden: Fields = {};
  let hasHidden = false;
  for (const [key, value] of entries) {
    if (isHidden(key)) {
      setOwn(hidden, escapeKey(key), value);
      hasHidden = true;
    } else {
      setOwn(plain, key, value);
    }
  }
  if (hasHidden) plain[HIDDEN] = hidden;
  else {
    const lone = loneDollarKey(plain);
    if (lone !== undefined) return { [HIDDEN]: { [escapeKey(lone)]: plain[lone]! } };
  }
  return plain;
}

/** A member of a map by the name that a client knows. */
export function getMember(map: Fields, key: string): Json | undefined {
  if (key.charCodeAt(0) === 36 || key.includes('\0')) {
    const hidden = hiddenOf(map);
    if (hidden !== undefined) {
      const escaped = escapeKey(key);
      if (Object.hasOwn(hidden, escaped)) return hidden[escaped];
      if (key === HIDDEN) return undefined;
    }
  }
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** A copy of a map in which one member has this value. */
export function setMember(map: Fields, key: string, value: Json): Fields {
  if (key.charCodeAt(0) !== 36 && !key.includes('\0') && !Object.hasOwn(map, HIDDEN)) {
    return { ...map, [key]: value };
  }
  return mapFrom([...mapEntries(map), [key, value]]);
}

/** A copy of a map without one member; the map itself when it has no such member. */
export function deleteMember(map: Fields, key: string): Fields {
  if (getMember(map, key) === undefined) return map;
  return mapFrom(mapEntries(map).filter(([name]) => name !== key));
}
