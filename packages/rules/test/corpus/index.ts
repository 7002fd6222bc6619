import { basics } from './basics.ts';
import type { Published } from './builder.ts';
import { chat } from './chat.ts';
import { shops } from './shop.ts';
import { tenants } from './tenants.ts';
import { users } from './users.ts';
import { validation } from './validation.ts';

export const corpus: readonly Published[] = [
  ...basics,
  ...users,
  ...chat,
  ...tenants,
  ...shops,
  ...validation,
];
