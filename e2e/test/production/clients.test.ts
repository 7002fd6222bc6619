import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pythonWithFirestore } from '../support/python.ts';
import { type Platform, startPlatform } from '../support/start.ts';
import { startTlsProxy, type TlsProxy } from '../support/tls-proxy.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');
const PAGE = readFileSync(join(ROOT, 'docs/production.md'), 'utf8');
const RULES = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents/users/{uid} {
    allow read, write: if request.auth.uid == uid;
  }
}
`;
const INSTALL_MS = 400_000;

let folder: string;
let platform: Platform;
let proxy: TlsProxy | undefined;
let environment: NodeJS.ProcessEnv;

/** The page's program of that name, with the address and the files of this test. */
function program(name: string): string {
  const [, code] = new RegExp(`^\`\`\`\\w+ ${name}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(PAGE) ?? [];
  if (code === undefined) throw new Error(`docs/production.md has no ${name}`);
  const file = join(folder, name);
  writeFileSync(file, code.replaceAll('api.example.com', `localhost:${proxy!.port}`));
  return file;
}

async function output(command: string, name: string): Promise<string[]> {
  const { stdout } = await run(command, [program(name)], { cwd: folder, env: environment, timeout: 60_000 });
  return stdout.trim().split('\n');
}

describe('the clients of docs/production.md, behind TLS', () => {
  beforeAll(async () => {
    // Inside the repository, so that programs find the clients.
    mkdirSync(join(ROOT, '.cache'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.cache', 'production-'));
    const rules = join(folder, 'firestore.rules');
    writeFileSync(rules, RULES);
    const settings = { TELESTACK_PROJECT: 'shop', WEB_API_KEY: 'web-key' };
    platform = await startPlatform(['--profile', 'production', '--rules', rules], settings);
    proxy = await startTlsProxy(platform.address, folder);
    if (!proxy) return;
    environment = {
      ...process.env,
      METADATA_SERVER_DETECTION: 'none',
      // How the clients of the page come to trust the test's certificate.
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: proxy.certificate,
      NODE_EXTRA_CA_CERTS: proxy.certificate,
      REQUESTS_CA_BUNDLE: proxy.certificate,
      DATABASE_URL: platform.databaseUrl,
      PUBLIC_URL: `https://localhost:${proxy.port}`,
    };
    const grant = [join(ROOT, 'services/identity/src/grant.ts'), 'shop', 'administrator'];
    const { stdout } = await run(process.execPath, grant, { env: environment });
    writeFileSync(join(folder, 'key.json'), stdout, { mode: 0o600 });
  }, 150_000);

  afterAll(async () => {
    await proxy?.close();
    await platform?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(({ skip }) => skip(proxy === undefined, 'skipped: no openssl, to make a certificate'));

  it('a server in Node writes, listens and runs a transaction with its key file', async () => {
    const lines = await output(process.execPath, 'server.mjs');
    expect(lines[0]).toContain("'tea'");
    expect(lines.at(-1)).toBe('{ price: 4, stock: 11 }');
  });

  it(
    'a server in Python writes and queries with the same key file',
    async ({ skip }) => {
      const found = await pythonWithFirestore();
      if ('missing' in found) {
        skip(`skipped: ${found.missing}`);
        return;
      }
      expect(await output(found.python, 'server.py')).toEqual([expect.stringContaining("'coffee'")]);
    },
    INSTALL_MS,
  );

  it("an app's user signs up and gets what rules allow", async () => {
    expect(await output(process.execPath, 'app.mjs')).toEqual(["{ name: 'Ada' }", 'permission-denied']);
  });

  it('the platform tells where to go on, and no secret', () => {
    const { password } = new URL(platform.databaseUrl);
    expect(password).not.toBe('');
    expect(platform.output()).toContain('docs/production.md');
    expect(platform.output()).not.toContain(password);
  });

  it('nobody is let in by what the emulator takes', async () => {
    const address = `http://${platform.address}/v1/projects/shop/databases/(default)/documents/products/tea`;
    for (const authorization of ['Bearer owner', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.', '']) {
      const { status } = await fetch(address, { headers: authorization ? { authorization } : {} });
      expect([401, 403]).toContain(status);
    }
  });
});
