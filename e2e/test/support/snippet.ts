const START = /<!--\s*snippet:\s*first-use\s*-->/;
const END = /<!--\s*\/snippet\s*-->/;
const FENCE = /^```(\w+)\n([\s\S]*?)^```$/m;

export interface Snippet {
  language: string;
  code: string;
}

/**
 * The fenced block between `<!-- snippet: first-use -->` and `<!-- /snippet -->` of a Markdown page; undefined without those markers.
 * Throws when the markers hold no fenced block with a language.
 */
export function findSnippet(markdown: string): Snippet | undefined {
  const start = START.exec(markdown);
  if (!start) return undefined;
  const rest = markdown.slice(start.index + start[0].length);
  const end = END.exec(rest);
  const fence = FENCE.exec(end ? rest.slice(0, end.index) : rest);
  if (!fence?.[1]) throw new Error('no fenced block with a language between the snippet markers');
  return { language: fence[1], code: fence[2] ?? '' };
}
