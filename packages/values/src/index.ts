export { Document, encodeDocument } from './codec/document.ts';
export type { MessageCodec } from './codec/message.ts';
export { Timestamp } from './codec/timestamp.ts';
export { ArrayValue, MapValue, Value } from './codec/value.ts';
export {
  checkPath,
  deleteField,
  type FieldPath,
  formatFieldPath,
  getField,
  parseFieldPath,
  parseFieldPaths,
  parsePropertyPath,
  setField,
} from './field-path.ts';
export { checkCollectionId, checkCollectionLength, checkDocumentId, isReserved } from './identifiers.ts';
export {
  type Fields,
  isMap,
  isTag,
  type Json,
  type Tag,
  tagged,
  tagOf,
  typeOf,
  type ValueType,
} from './json.ts';
export { mergeFields, projectFields } from './mask.ts';
export { deleteMember, getMember, mapEntries, mapFrom, setMember } from './members.ts';
export { compareNames } from './name-order.ts';
export {
  checkNameLimits,
  checkReference,
  type DatabaseName,
  type DocumentName,
  databaseName,
  documentName,
  type ParentName,
  parseDatabaseName,
  parseDocumentName,
  parseParent,
  splitPath,
} from './names.ts';
export { double, int64, isInteger, toNumber, toNumeric } from './numbers.ts';
export { compareNumeric, compareValues, equalValues, typeRank } from './order.ts';
export { documentSize, valueSize } from './size.ts';
export { compareIndexed, indexKey, isCut, sortKey } from './sort-key.ts';
export { pathKey, pathOfStored, storedPath } from './stored-name.ts';
export {
  bytesOf,
  type GeoPoint,
  geoPointOf,
  referenceOf,
  stringOf,
  timestampOf,
  toBytes,
  toGeoPoint,
  toMicros,
  toReference,
  toText,
  toVector,
  vectorOf,
} from './tags.ts';
export { compareText, utf8Length } from './text.ts';
export { formatTime, type Instant, parseTime } from './time.ts';
export { applyTransform, checkTransform, type Transformed, type TransformType } from './transform.ts';
export { checkConvertible, checkDocumentSize, validateFields, validateValue } from './validate.ts';
