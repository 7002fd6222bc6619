import { type Flag, type Options, readOptions } from './options.ts';

interface Program {
  name: string;
  help: string;
  flags: Record<string, Flag>;
  /** The longest that the run may take, in seconds: a hang is a failure, not a wait. */
  limit: (options: Options) => number;
  run: (options: Options) => Promise<void>;
}

/** Runs a program once: exit code 0 when all of its checks hold, 1 when one fails, it throws, or it takes too long. */
export async function main(program: Program): Promise<void> {
  const options = readOptions(program.name, program.help, program.flags);
  if (!options) return;
  const limit = program.limit(options);
  const watchdog = setTimeout(() => {
    console.log(`FAIL: ${program.name} was not done after ${limit} s`);
    // Whatever hangs would keep the process alive.
    process.exit(1);
  }, limit * 1000);
  try {
    await program.run(options);
  } catch (error) {
    console.log(`FAIL: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
  }
  clearTimeout(watchdog);
  // Streams of the client library that are still closing must not keep a finished run alive.
  setTimeout(() => process.exit(), 5_000).unref();
}
