import { randomUUID } from 'node:crypto';
import { cloudObject } from '../cloud/resource.ts';
import type { StorageObject } from '../objects/object.ts';

export type ObjectEventType = 'finalized' | 'deleted' | 'metadataUpdated';

/** A CloudEvent as Eventarc has it for Cloud Storage: google.events.cloud.storage.v1. */
export interface ObjectEvent {
  readonly specversion: '1.0';
  /** Also the message's id on the bus: an event that is published twice is stored once. */
  readonly id: string;
  readonly type: `google.cloud.storage.object.v1.${ObjectEventType}`;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: object;
}

export function objectEvent(type: ObjectEventType, object: StorageObject, now = new Date()): ObjectEvent {
  return {
    specversion: '1.0',
    id: randomUUID(),
    type: `google.cloud.storage.object.v1.${type}`,
    source: `//storage.googleapis.com/projects/_/buckets/${object.bucket}`,
    subject: `objects/${object.path}`,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    data: cloudObject(object, ''),
  };
}
