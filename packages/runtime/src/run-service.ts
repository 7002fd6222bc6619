import { helpText, type OptionsOf, type OptionsSpec, parseOptions, wantsHelp } from '@telestack/config';
import { jsonLog, type Log } from './log.ts';

export interface ServiceSpec<S extends OptionsSpec> {
  readonly name: string;
  readonly options: S;
  /** Starts it; resolves when it serves. */
  start(options: OptionsOf<S>, log: Log): Promise<{ readonly description: string; close(): Promise<void> }>;
}

/** Longest orderly end; Kubernetes gives 30 s before it kills. */
const CLOSE_LIMIT_MS = 20_000;

/**
 * The life of a service process: options, start, until SIGTERM or SIGINT, orderly end. Sets the exit code; when the end takes too long the
 * process is ended as it is, which loses nothing that was acknowledged.
 */
export async function runService<const S extends OptionsSpec>(spec: ServiceSpec<S>): Promise<void> {
  const argv = process.argv.slice(2);
  if (wantsHelp(argv)) {
    console.log(helpText(spec.options, `Usage: node ${spec.name} [options]`));
    return;
  }
  const log = jsonLog(spec.name);
  const stop = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  try {
    const running = await spec.start(parseOptions(spec.options, process.env, argv), log);
    log(running.description);
    log(`Stopping on ${await stop}.`);
    setTimeout(() => process.exit(1), CLOSE_LIMIT_MS).unref();
    await running.close();
  } catch (error) {
    log('Not started, or not stopped as it should be.', error);
    process.exitCode = 1;
    setTimeout(() => process.exit(1), 1_000).unref();
  }
}
