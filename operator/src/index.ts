export { projectDefinition } from './api/crd.ts';
export { type ProjectSpec, projects, type TelestackProject } from './api/project.ts';
export type { Condition, ProjectStatus } from './api/status.ts';
export { BACKUP_OPTIONS } from './backup/options.ts';
export { createOperator, type Operator, type OperatorOptions } from './operator.ts';
export { OPERATOR_OPTIONS } from './options.ts';
