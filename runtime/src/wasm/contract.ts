/** The names of wit/model.wit that stand in a component and in its core module: exact, with version. */
const PACKAGE = 'sedge:model';
export const CONTRACT_VERSION = '0.1.0';

const HOST_INTERFACE = `${PACKAGE}/host@${CONTRACT_VERSION}`;
export const INFERENCE_INTERFACE = `${PACKAGE}/inference@${CONTRACT_VERSION}`;
export const TRAINING_INTERFACE = `${PACKAGE}/training@${CONTRACT_VERSION}`;

/** What a component may import. Interfaces of types have no functions. */
export const COMPONENT_IMPORTS: readonly string[] = [HOST_INTERFACE, `${PACKAGE}/types@${CONTRACT_VERSION}`];
export const COMPONENT_EXPORTS: readonly string[] = [INFERENCE_INTERFACE, TRAINING_INTERFACE];

/** The only function that a core module may import. */
export const CORE_IMPORT = { module: HOST_INTERFACE, name: 'log', kind: 'function' } as const;

const INFERENCE_FUNCTIONS = functionNames(INFERENCE_INTERFACE, ['metadata', 'load', 'infer']);
export const TRAINING_FUNCTIONS = functionNames(TRAINING_INTERFACE, ['begin', 'step', 'finish']);

/** All that a core module exports: what each name must be. */
export function coreExportsOf(trainable: boolean): ReadonlyMap<string, 'function' | 'memory'> {
  const functions = trainable ? [...INFERENCE_FUNCTIONS, ...TRAINING_FUNCTIONS] : INFERENCE_FUNCTIONS;
  // Every function returns through memory, so the bindings call a post-return function after each.
  const called = ['cabi_realloc', ...functions, ...functions.map((name) => `cabi_post_${name}`)];
  return new Map([['memory', 'memory'], ...called.map((name) => [name, 'function'] as const)]);
}

function functionNames(interfaceName: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `${interfaceName}#${name}`);
}
