export { fromJson } from './from-json.ts';
export { type HttpBinding, httpBindings } from './http-rule.ts';
export { openApi } from './openapi/document.ts';
export { parseJson } from './parse.ts';
export { bindPath, bindQuery } from './query.ts';
export { toJson } from './to-json.ts';
