const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const INDEX = /^(0|[1-9][0-9]*)$/;

/** A JSON pointer ("/tags/0") as a JSON path ("$.tags[0]", RFC 9535). */
export function formatJsonPath(pointer: string): string {
  const members = pointer.split('/').slice(1);
  return `$${members.map((member) => formatMember(member.replaceAll('~1', '/').replaceAll('~0', '~'))).join('')}`;
}

function formatMember(member: string): string {
  if (NAME.test(member)) return `.${member}`;
  return INDEX.test(member) ? `[${member}]` : `[${JSON.stringify(member)}]`;
}
