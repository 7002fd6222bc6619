/** Names in front of functions, such as `math.abs`. They cannot name variables. */
export const NAMESPACES: ReadonlySet<string> = new Set([
  'duration',
  'hashing',
  'latlng',
  'math',
  'timestamp',
]);
