export { type Bus, type BusOptions, type BusStatus, connectBus } from './bus.ts';
export { ChangeStream, type ChangeStreamOptions, type StoredMessage } from './change-stream.ts';
export type { BusHeaders } from './headers.ts';
export type { ConsumeOptions, Consumption } from './ordered-consumer.ts';
export type { PublishAck, PublishOptions } from './publisher.ts';
export type { ResetReason, StartAt } from './resume.ts';
export { changeStreamSettings, INBOX_PREFIX, notificationSubject } from './settings.ts';
