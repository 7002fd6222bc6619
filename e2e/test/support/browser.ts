import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { freshProject, hostAndPort, target } from './target.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const hasChromium = existsSync(CHROMIUM);
if (target && !hasChromium) console.warn(`skipped: no browser at ${CHROMIUM} (apt-get install chromium)`);

/** A suite that needs a server and Chromium: skipped where either is missing. */
export const describeBrowser = describe.skipIf(!target || !hasChromium);

export interface Client {
  readonly page: Page;
  readonly projectId: string;
}

/** A browser with the SDK's browser build in its pages, for the tests of a suite. */
export function useBrowser(): {
  /** Opens a page with a client of a fresh project, or of a given one: `db` and `sdk` are its globals. */
  open(options?: ClientOptions): Promise<Client>;
} {
  let browser: Browser;
  let site: Server;
  beforeAll(async () => {
    const [script, launched] = await Promise.all([
      bundle(),
      chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: 30_000 }),
    ]);
    browser = launched;
    site = await serve(script);
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });
  return {
    async open(options = {}) {
      const context: BrowserContext = await browser.newContext();
      onTestFinished(() => context.close());
      const page = await context.newPage();
      page.on('pageerror', (error) => console.error('page:', error.message));
      const { port } = site.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/`);
      const { projectId = freshProject(), settings = {}, address } = options;
      await page.evaluate(startClient, { projectId, settings, ...hostAndPort(address) });
      return { page, projectId };
    },
  };
}

interface ClientOptions {
  readonly projectId?: string;
  /** Of `initializeFirestore`. */
  readonly settings?: Record<string, unknown>;
  /** `host:port`, where it is not the server under test itself. */
  readonly address?: string;
}

/** Runs in the page. */
function startClient(options: {
  projectId: string;
  settings: Record<string, unknown>;
  host: string;
  port: number;
}): void {
  sdk.setLogLevel('silent');
  const app = sdk.initializeApp({ projectId: options.projectId, apiKey: 'not-used', appId: 'browser' });
  const db = sdk.initializeFirestore(app, options.settings);
  sdk.connectFirestoreEmulator(db, options.host, options.port);
  Object.assign(globalThis, { db });
}

/** The SDK's browser build as one script. */
async function bundle(): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: join(import.meta.dirname, 'page/sdk.ts'), formats: ['iife'], name: 'sdk' },
    },
  })) as Rolldown.RolldownOutput[];
  return output[0]!.output[0].code;
}

/** A site of another origin than the server under test, as applications have. */
async function serve(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/sdk.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title>e2e</title><script src="/sdk.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
