import { check, IdentityError } from '../errors.ts';

const MIN_PASSWORD = 6;
const MAX_PASSWORD = 4096;
const MAX_CLAIMS = 1000;
const FORBIDDEN_CLAIMS = [
  ...['iss', 'aud', 'sub', 'iat', 'exp', 'nbf', 'jti', 'nonce', 'azp', 'acr', 'amr', 'cnf'],
  ...['auth_time', 'firebase', 'at_hash', 'c_hash'],
];

export function checkPasswordStrength(password: string): void {
  check(
    password.length >= MIN_PASSWORD,
    `WEAK_PASSWORD : Password should be at least ${MIN_PASSWORD} characters`,
  );
  check(password.length <= MAX_PASSWORD, 'PASSWORD_DOES_NOT_MEET_REQUIREMENTS : Password is too long');
}

/** An email address in the form in which it is kept. @throws IdentityError with `code` */
export function emailOf(text: string, code = 'INVALID_EMAIL'): string {
  check(text.length <= 256 && /^[^@\s\0]+@[^@\s\0]+$/.test(text), code);
  return text.toLowerCase();
}

export function phoneNumberOf(text: string): string {
  check(/^\+[0-9 ()-]{1,30}$/.test(text), 'INVALID_PHONE_NUMBER : Invalid format.');
  return text;
}

/** @throws IdentityError INVALID_LOCAL_ID */
export function localIdOf(text: string): string {
  check(text.length > 0 && text.length <= 128 && !text.includes('\0'), 'INVALID_LOCAL_ID');
  return text;
}

/** Custom claims as JSON text, as accounts keep them. @throws IdentityError CLAIMS_TOO_LARGE, INVALID_CLAIMS, FORBIDDEN_CLAIM */
export function checkCustomAttributes(text: string): void {
  check(text.length <= MAX_CLAIMS, 'CLAIMS_TOO_LARGE');
  if (text === '') return;
  let claims: unknown;
  try {
    claims = JSON.parse(text);
  } catch (cause) {
    throw new IdentityError('INVALID_CLAIMS', { cause });
  }
  checkClaims(claims);
}

export function checkClaims(claims: unknown): asserts claims is Record<string, unknown> {
  check(typeof claims === 'object' && claims !== null && !Array.isArray(claims), 'INVALID_CLAIMS');
  for (const name of FORBIDDEN_CLAIMS) check(!Object.hasOwn(claims, name), `FORBIDDEN_CLAIM : ${name}`);
}

export function isAbsoluteUrl(text: string): boolean {
  return URL.canParse(text);
}
