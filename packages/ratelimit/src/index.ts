export { type BucketsOptions, type Rate, TokenBuckets } from './token-buckets.ts';
