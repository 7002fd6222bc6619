export { parseJsonText } from './parse-json.ts';
