import { choice, type Infer, integer, list, object, optional, text } from '../schema/schema.ts';

const condition = object('One aspect of the state.', {
  type: text('Which aspect.', { maxLength: 316 }),
  status: choice('Whether it is so.', ['True', 'False', 'Unknown']),
  reason: text('Why, for machines.', { minLength: 1, maxLength: 1_024 }),
  message: text('Why, for people.', { maxLength: 32_768 }),
  lastTransitionTime: text('When status changed.', { format: 'date-time' }),
  observedGeneration: optional(integer('The generation that it is about.', { minimum: 0 })),
});
export type Condition = Infer<typeof condition>;

const component = object('A part of the project.', {
  name: text('Which.', { maxLength: 64 }),
  image: optional(text('Image that it runs.', { maxLength: 512 })),
  ready: text('Pods that are ready, of those wanted: "1/1".', { maxLength: 16 }),
});
export type ComponentStatus = Infer<typeof component>;

export const status = object('What the operator found.', {
  observedGeneration: optional(integer('The generation of the spec that this status is about.')),
  phase: optional(
    choice('The state in one word.', [
      'Pending',
      'Progressing',
      'Ready',
      'Degraded',
      'Suspended',
      'Deleting',
    ]),
  ),
  message: optional(text('What is waited for, or wrong.', { maxLength: 32_768 })),
  version: optional(text('Release that all services run.', { maxLength: 128 })),
  endpoint: optional(text('Where clients reach the project.', { maxLength: 1_024 })),
  endpoints: optional(
    object('Addresses.', {
      http: optional(text('REST, WebChannel and gRPC, inside of the cluster.')),
      external: optional(text('The same from outside.')),
      centrifugo: optional(text('WebSocket channels.')),
    }),
  ),
  components: optional(list('Parts of the project.', component, { keys: ['name'] })),
  conditions: optional(
    list('Aspects of the state: Ready, and one for each part.', condition, { keys: ['type'] }),
  ),
});
export type ProjectStatus = Infer<typeof status>;
