/** One event for operators; `error` may carry a cause that clients never see. */
export type Log = (message: string, error?: unknown) => void;

/** Logs as JSON lines on standard error, for a collector to read. */
export function jsonLog(
  service: string,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  return (message, error) => {
    const record = {
      time: new Date().toISOString(),
      severity: error === undefined ? 'INFO' : 'ERROR',
      service,
      message,
      ...(error === undefined ? {} : { error: describe(error) }),
    };
    write(`${JSON.stringify(record)}\n`);
  };
}

/** An error with its causes, without objects that could hold secrets. */
function describe(error: unknown): string {
  const parts: string[] = [];
  for (
    let at = error;
    at !== undefined && parts.length < 8;
    at = at instanceof Error ? at.cause : undefined
  ) {
    parts.push(
      at instanceof Error ? (parts.length === 0 ? (at.stack ?? at.message) : at.message) : String(at),
    );
  }
  return parts.join('; caused by: ');
}
