export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What the bridge has to say to its operators. */
export type Log = (level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>) => void;
