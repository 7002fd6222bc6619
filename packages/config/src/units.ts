const DURATIONS: Record<string, number> = {
  '': 1,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZES: Record<string, number> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** "250ms", "30s", "5m", "1h", "7d", or a number of milliseconds; undefined for other text. */
export function parseDuration(text: string): number | undefined {
  return parseWithUnit(text, DURATIONS);
}

/** "512", "64k", "10MB", "1GiB": units of 1024; undefined for other text. */
export function parseBytes(text: string): number | undefined {
  return parseWithUnit(text.replace(/(?<=[kmgt])(i?b)$/i, ''), SIZES);
}

/** Milliseconds in the largest unit that says them exactly. */
export function formatDuration(ms: number): string {
  return formatWithUnit(ms, DURATIONS);
}

/** Bytes in the largest unit that says them exactly: "64MB". */
export function formatBytes(bytes: number): string {
  const text = formatWithUnit(bytes, SIZES);
  return /[kmgt]$/.test(text) ? `${text.toUpperCase()}B` : text.replace(/b$/, '');
}

function parseWithUnit(text: string, units: Record<string, number>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = units[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || unit === undefined) return undefined;
  const value = Number(match[1]) * unit;
  return Number.isSafeInteger(value) ? value : undefined;
}

function formatWithUnit(value: number, units: Record<string, number>): string {
  const [name, unit] = Object.entries(units)
    .filter(([unitName, size]) => unitName !== '' && value !== 0 && value % size === 0)
    .reduce((best, entry) => (entry[1] >= best[1] ? entry : best), ['', 1]);
  return `${value / unit}${name}`;
}
