import { sqlState } from '@telestack/pg';
import { IdentityError } from '../errors.ts';

const BY_CONSTRAINT: Readonly<Record<string, string>> = {
  accounts_pkey: 'DUPLICATE_LOCAL_ID',
  accounts_email: 'EMAIL_EXISTS',
  accounts_phone: 'PHONE_NUMBER_EXISTS',
  account_providers_raw_id: 'FEDERATED_USER_ID_ALREADY_LINKED',
  account_providers_one: 'FEDERATED_USER_ID_ALREADY_LINKED',
};

/** A violated constraint as the API's refusal; any other error as it is. */
export function toIdentityError(thrown: unknown): unknown {
  if (sqlState(thrown) !== '23505') return thrown;
  for (let at = thrown; at instanceof Error; at = at.cause) {
    const { constraint } = at as { constraint?: unknown };
    const message = typeof constraint === 'string' ? BY_CONSTRAINT[constraint] : undefined;
    if (message !== undefined) return new IdentityError(message, { cause: thrown });
  }
  return thrown;
}
