import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A process that the platform keeps running. */
export interface Part {
  name: string;
  pid: number;
}

export interface ReadyInfo {
  pid: number;
  /** The parts that are processes of their own; written again whenever one has been started again. */
  processes: readonly Part[];
  profile: string;
  /** What clients connect to, by name. */
  endpoints: Readonly<Record<string, string>>;
  /** With password. */
  databaseUrl: string;
  natsUrl: string;
  /** The object store, with its keys; none where no files are served. */
  s3: { endpoint: string; region: string; accessKey: string; secretKey: string } | undefined;
}

/** A file that is there, and whole, exactly while requests succeed. Only the owner may read it. */
export class ReadyFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = resolve(path);
    // One of a run that was killed would lie.
    this.remove();
  }

  write(info: ReadyInfo): void {
    const next = `${this.#path}.${process.pid}`;
    writeFileSync(next, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
    renameSync(next, this.#path);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
