import { invalidArgument } from '@telestack/errors';

/** Parameters that Google's APIs take with every request (https://cloud.google.com/apis/docs/system-parameters); they change no answer here. */
const IGNORED = new Set([
  '$.xgafv',
  'access_token',
  'callback',
  'fields',
  'key',
  'oauth_token',
  'prettyPrint',
  'quotaUser',
  'uploadType',
  'upload_protocol',
]);

/**
 * Whether a query parameter is about the call and not part of the request.
 * @throws StatusError INVALID_ARGUMENT for a form of answer that is not there
 */
export function isSystemParameter(name: string, value: string): boolean {
  const plain = name.startsWith('$') && name !== '$.xgafv' ? name.slice(1) : name;
  if (plain !== 'alt') return IGNORED.has(plain);
  if (value !== 'json') throw invalidArgument(`Unsupported output format: ${value}`);
  return true;
}
