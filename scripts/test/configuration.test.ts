import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONFIGURATION_FILE, configurationText, PROGRAMS } from '../configuration.ts';

const root = join(import.meta.dirname, '../..');

test('the reference of options is that of the code: npm run generate', () => {
  expect(readFileSync(CONFIGURATION_FILE, 'utf8')).toBe(configurationText());
});

test('it has every service', () => {
  const services = readdirSync(join(root, 'services')).filter((name) => name !== 'platform');
  expect(Object.keys(PROGRAMS)).toEqual(
    expect.arrayContaining(services.map((name) => `services/${name}/src/main.ts`)),
  );
});
