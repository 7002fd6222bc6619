import { textOf } from '../functions/conversions.ts';
import { method } from '../functions/signature.ts';
import { contains } from '../values/equality.ts';
import { isError } from '../values/error.ts';
import { setOf } from '../values/set-of.ts';
import type { List } from '../values/value.ts';
import { allIn, anyIn } from './membership.ts';

/** Methods of lists. Elements are looked for by type too: 1 is not 1.0. */
export const listMethods = {
  concat: method<[List, List]>(['list.concat(list)'], (list, other) => [...list, ...other]),
  hasAll: method<[List, List]>(['list.hasAll(list)'], (list, wanted) => allIn(wanted, list, 'element')),
  hasAny: method<[List, List]>(['list.hasAny(list)'], (list, wanted) => anyIn(wanted, list, 'element')),
  /** Whether all elements are among the given ones. */
  hasOnly: method<[List, List]>(['list.hasOnly(list)'], (list, allowed) => allIn(list, allowed, 'element')),
  join: method<[List, string]>(['list.join(string)'], (list, separator) => {
    const texts: string[] = [];
    for (const element of list) {
      const text = textOf(element);
      if (isError(text)) return text;
      texts.push(text);
    }
    return texts.join(separator);
  }),
  removeAll: method<[List, List]>(['list.removeAll(list)'], (list, unwanted) =>
    list.filter((element) => contains(unwanted, element, 'element') === false),
  ),
  size: method<[List]>(['list.size()'], (list) => BigInt(list.length)),
  toSet: method<[List]>(['list.toSet()'], (list) => setOf(list)),
};
