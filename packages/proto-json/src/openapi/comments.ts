import type { DescEnum, DescField, DescFile, DescMessage, DescMethod } from '@bufbuild/protobuf';

/** Field numbers of google/protobuf/descriptor.proto, of which the paths of comments consist. */
const FILE_MESSAGE = 4;
const FILE_ENUM = 5;
const FILE_SERVICE = 6;
const MESSAGE_FIELD = 2;
const MESSAGE_NESTED = 3;
const MESSAGE_ENUM = 4;
const SERVICE_METHOD = 2;

const indexes = new WeakMap<DescFile, Map<string, string>>();

/** The comment before a declaration, without its indentation; empty where there is none. */
export function commentOf(desc: DescMessage | DescField | DescEnum | DescMethod): string {
  const file = desc.kind === 'field' || desc.kind === 'rpc' ? desc.parent.file : desc.file;
  return commentsOf(file).get(pathOf(desc).join('.')) ?? '';
}

function commentsOf(file: DescFile): Map<string, string> {
  let comments = indexes.get(file);
  if (comments === undefined) {
    const locations = file.proto.sourceCodeInfo?.location ?? [];
    comments = new Map(
      locations
        .filter(({ leadingComments }) => leadingComments !== '')
        .map(({ path, leadingComments }) => [path.join('.'), leadingComments.replaceAll(/^ /gm, '').trim()]),
    );
    indexes.set(file, comments);
  }
  return comments;
}

function pathOf(desc: DescMessage | DescField | DescEnum | DescMethod): number[] {
  switch (desc.kind) {
    case 'field':
      return [...pathOf(desc.parent), MESSAGE_FIELD, desc.parent.proto.field.indexOf(desc.proto)];
    case 'rpc': {
      const { parent } = desc;
      return [
        FILE_SERVICE,
        parent.file.services.indexOf(parent),
        SERVICE_METHOD,
        parent.methods.indexOf(desc),
      ];
    }
    case 'message': {
      const { parent, file } = desc;
      if (parent) return [...pathOf(parent), MESSAGE_NESTED, parent.proto.nestedType.indexOf(desc.proto)];
      return [FILE_MESSAGE, file.proto.messageType.indexOf(desc.proto)];
    }
    case 'enum': {
      const { parent, file } = desc;
      if (parent) return [...pathOf(parent), MESSAGE_ENUM, parent.proto.enumType.indexOf(desc.proto)];
      return [FILE_ENUM, file.proto.enumType.indexOf(desc.proto)];
    }
  }
}
