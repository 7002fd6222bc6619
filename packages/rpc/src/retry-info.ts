import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { StatusError } from '@telestack/errors';

/** Metadata key under which gRPC clients look for a google.rpc.Status with details. */
export const STATUS_DETAILS = 'grpc-status-details-bin';
const TYPE_URL = 'type.googleapis.com/google.rpc.RetryInfo';

/** google.rpc.Status{code, message, details: [google.rpc.RetryInfo{retry_delay}]}, encoded; undefined for an error without a delay. */
export function retryDetails({ code, message, retryAfterMs }: StatusError): Buffer | undefined {
  if (retryAfterMs === undefined) return undefined;
  const delay = new BinaryWriter()
    .tag(1, 0)
    .int64(Math.floor(retryAfterMs / 1000))
    .tag(2, 0)
    .int32(Math.round((retryAfterMs % 1000) * 1e6))
    .finish();
  const retryInfo = new BinaryWriter().tag(1, 2).bytes(delay).finish();
  const any = new BinaryWriter().tag(1, 2).string(TYPE_URL).tag(2, 2).bytes(retryInfo).finish();
  const status = new BinaryWriter().tag(1, 0).int32(code).tag(2, 2).string(message).tag(3, 2).bytes(any);
  return Buffer.from(status.finish());
}
