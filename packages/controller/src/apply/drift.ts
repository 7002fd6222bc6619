/** Lists whose items are told apart by a key (x-kubernetes-list-type: map): others may add items of their own. All other lists are one value. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  env: ['name'],
  ports: ['port', 'containerPort', 'protocol'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  ownerReferences: ['uid'],
};

/**
 * What `live` has at the places that `desired` speaks of; what others have added is left out. Undefined where it has nothing. `field` is the
 * name under which the value stands.
 */
export function project(desired: unknown, live: unknown, field = ''): unknown {
  if (live === undefined || live === null) return undefined;
  if (Array.isArray(desired)) return Array.isArray(live) ? projectList(desired, live, field) : live;
  if (!isObject(desired) || !isObject(live)) return live;
  return Object.fromEntries(
    Object.entries(desired)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, project(value, live[name], name)]),
  );
}

/** The path of the first place where `live` is not as `desired` says; undefined when it is so everywhere. */
export function findDrift(desired: unknown, live: unknown, path = ''): string | undefined {
  return firstDifference(desired, project(desired, live, path), path);
}

/** The path of the first difference of two values of JSON. Missing, null, {} and [] are one: the API server keeps none of them apart. */
export function firstDifference(a: unknown, b: unknown, path = ''): string | undefined {
  if (isEmpty(a) && isEmpty(b)) return undefined;
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return path;
    return firstDefined(a, (item, i) => firstDifference(item, b[i], `${path}[${i}]`));
  }
  if (isObject(a) && isObject(b)) {
    return firstDefined([...new Set([...Object.keys(a), ...Object.keys(b)])], (name) =>
      firstDifference(a[name], b[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return a === b ? undefined : path;
}

function projectList(desired: readonly unknown[], live: readonly unknown[], field: string): unknown {
  const keys = LIST_KEYS[field];
  const keyed = (item: unknown) => isObject(item) && keys?.some((key) => item[key] !== undefined);
  if (keys === undefined || !desired.every(keyed)) {
    if (desired.length !== live.length) return live;
    return live.map((item, i) => project(desired[i], item));
  }
  return desired.map((item) => {
    const wanted = item as Record<string, unknown>;
    const same = live.find(
      (it) => isObject(it) && keys.every((key) => wanted[key] === undefined || it[key] === wanted[key]),
    );
    return project(item, same);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  );
}

function firstDefined<T>(items: readonly T[], fn: (item: T, index: number) => string | undefined) {
  for (const [i, item] of items.entries()) {
    const found = fn(item, i);
    if (found !== undefined) return found;
  }
  return undefined;
}
