import type { PgOutputMessage, Relation, RelationColumn, Tuple } from './messages.ts';
import { UNCHANGED } from './messages.ts';
import { WireReader } from './wire.ts';

const IDENTITIES = { d: 'd', n: 'n', f: 'f', i: 'i' } as const;

/**
 * Decoder of pgoutput messages (PostgreSQL documentation, "Logical Replication Message Formats"), protocol versions 1 and 2
 * without streaming. It keeps the relations that the server has described; one decoder belongs to one replication session.
 */
export class PgOutputDecoder {
  readonly #relations = new Map<number, Relation>();

  /** Decodes one message. The result shares no memory with `bytes`. Throws on what the protocol does not allow. */
  decode(bytes: Uint8Array): PgOutputMessage {
    const reader = new WireReader(bytes);
    const message = this.#decode(reader.char(), reader);
    if (reader.remaining !== 0) {
      throw new Error(`pgoutput: ${reader.remaining} bytes left over after a ${message.tag} message`);
    }
    return message;
  }

  #decode(type: string, reader: WireReader): PgOutputMessage {
    switch (type) {
      case 'B':
        return { tag: 'begin', finalLsn: reader.uint64(), commitTime: reader.time(), xid: reader.uint32() };
      case 'C':
        reader.uint8(); // flags, unused
        return {
          tag: 'commit',
          commitLsn: reader.uint64(),
          endLsn: reader.uint64(),
          commitTime: reader.time(),
        };
      case 'O':
        return { tag: 'origin', lsn: reader.uint64(), name: reader.cstring() };
      case 'R': {
        const relation = readRelation(reader);
        this.#relations.set(relation.oid, relation);
        return { tag: 'relation', relation };
      }
      case 'Y':
        return { tag: 'type', oid: reader.uint32(), schema: reader.cstring(), name: reader.cstring() };
      case 'I': {
        const relation = this.#relation(reader.uint32());
        reader.expect('N');
        return { tag: 'insert', relation, new: readTuple(reader) };
      }
      case 'U':
        return this.#update(reader);
      case 'D': {
        const relation = this.#relation(reader.uint32());
        const kind = reader.char();
        if (kind !== 'K' && kind !== 'O') throw new Error(`pgoutput: delete with a tuple of kind ${kind}`);
        const tuple = readTuple(reader);
        return {
          tag: 'delete',
          relation,
          key: kind === 'K' ? tuple : null,
          old: kind === 'O' ? tuple : null,
        };
      }
      case 'T': {
        const count = reader.uint32();
        const options = reader.uint8();
        const relations = Array.from({ length: count }, () => this.#relation(reader.uint32()));
        return {
          tag: 'truncate',
          relations,
          cascade: (options & 1) !== 0,
          restartIdentity: (options & 2) !== 0,
        };
      }
      case 'M': {
        const transactional = (reader.uint8() & 1) !== 0;
        const lsn = reader.uint64();
        const prefix = reader.cstring();
        const content = reader.copy(reader.uint32());
        return { tag: 'message', transactional, lsn, prefix, content };
      }
      default:
        throw new Error(`pgoutput: unknown message type ${JSON.stringify(type)}`);
    }
  }

  #update(reader: WireReader): PgOutputMessage {
    const relation = this.#relation(reader.uint32());
    let kind = reader.char();
    let key: Tuple | null = null;
    let old: Tuple | null = null;
    if (kind === 'K' || kind === 'O') {
      const before = readTuple(reader);
      if (kind === 'K') key = before;
      else old = before;
      kind = reader.char();
    }
    if (kind !== 'N') throw new Error(`pgoutput: update with a tuple of kind ${kind}`);
    return { tag: 'update', relation, key, old, new: readTuple(reader) };
  }

  #relation(oid: number): Relation {
    const relation = this.#relations.get(oid);
    if (relation === undefined) throw new Error(`pgoutput: relation ${oid} was not described`);
    return relation;
  }
}

function readRelation(reader: WireReader): Relation {
  const oid = reader.uint32();
  // pg_catalog is sent as the empty string.
  const schema = reader.cstring() || 'pg_catalog';
  const name = reader.cstring();
  const identity = reader.char();
  const replicaIdentity = IDENTITIES[identity as keyof typeof IDENTITIES];
  if (replicaIdentity === undefined) throw new Error(`pgoutput: unknown replica identity ${identity}`);
  const columns = Array.from({ length: reader.uint16() }, (): RelationColumn => {
    const isKey = (reader.uint8() & 1) !== 0;
    return { isKey, name: reader.cstring(), typeOid: reader.uint32(), typeModifier: reader.int32() };
  });
  return { oid, schema, name, replicaIdentity, columns };
}

function readTuple(reader: WireReader): Tuple {
  const count = reader.uint16();
  const values: (string | null | typeof UNCHANGED)[] = new Array(count);
  for (let i = 0; i < count; i++) {
    const kind = reader.char();
    if (kind === 'n') values[i] = null;
    else if (kind === 'u') values[i] = UNCHANGED;
    else if (kind === 't') values[i] = reader.text(reader.uint32());
    else throw new Error(`pgoutput: unknown kind of value ${JSON.stringify(kind)}`);
  }
  return values;
}
