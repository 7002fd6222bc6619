import type { Fields } from '../json.ts';
import { readEntry, storedMap } from './decode-value.ts';
import { DOCUMENT_ENTRY, writeEntries } from './encode-value.ts';
import { type MessageCodec, messageCodec } from './message.ts';
import type { WireReader } from './reader.ts';
import { readMicros, type Timestamp, writeMicros } from './timestamp.ts';
import { begin, finish, mark, writeByte, writeString, writeUint32 } from './writer.ts';

/** google.firestore.v1.Document. */
export interface Document {
  /** Full resource name. */
  name: string;
  /** In stored form. */
  fields: Fields;
  /** Microseconds. */
  createTime: Timestamp | undefined;
  updateTime: Timestamp | undefined;
}

function writeTime(time: Timestamp | undefined, tag: number): void {
  if (time === undefined) return;
  const end = mark();
  writeMicros(time);
  writeUint32(mark() - end);
  writeByte(tag);
}

function writeDocument(
  name: string,
  fields: Fields,
  createTime: Timestamp | undefined,
  updateTime: Timestamp | undefined,
): void {
  writeTime(updateTime, 34);
  writeTime(createTime, 26);
  writeEntries(fields, DOCUMENT_ENTRY);
  if (name !== '') {
    writeString(name);
    writeByte(10);
  }
}

function readDocument(reader: WireReader): Document {
  const document: Document = { name: '', fields: {}, createTime: undefined, updateTime: undefined };
  const fields: Fields = {};
  let hasHidden = false;
  while (reader.pos < reader.end) {
    const tag = reader.uint32();
    if (tag === 10) document.name = reader.string();
    else if (tag === DOCUMENT_ENTRY) hasHidden = readEntry(reader, fields, 0) || hasHidden;
    else if (tag === 26 || tag === 34) {
      const outer = reader.enter();
      document[tag === 26 ? 'createTime' : 'updateTime'] = readMicros(reader);
      reader.leave(outer);
    } else reader.skip(tag);
  }
  document.fields = storedMap(fields, hasHidden);
  return document;
}

export const Document: MessageCodec<Document> = messageCodec<Document>(
  ({ name, fields, createTime, updateTime }) => writeDocument(name, fields, createTime, updateTime),
  readDocument,
  (partial) => ({
    name: '',
    fields: {},
    createTime: undefined,
    updateTime: undefined,
    ...(partial as Partial<Document>),
  }),
);

/** A document's wire form. Times in microseconds. */
export function encodeDocument(
  name: string,
  fields: Fields,
  createTime: Timestamp | undefined,
  updateTime: Timestamp | undefined,
): Uint8Array {
  begin();
  writeDocument(name, fields, createTime, updateTime);
  return finish();
}
