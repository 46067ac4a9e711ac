/** The names of wit/model.wit that stand in a component and in its core module: exact, with version. */
const PACKAGE = 'sedge:model';
const VERSION = '0.1.0';

const HOST_INTERFACE = `${PACKAGE}/host@${VERSION}`;
export const INFERENCE_INTERFACE = `${PACKAGE}/inference@${VERSION}`;
export const TRAINING_INTERFACE = `${PACKAGE}/training@${VERSION}`;

/** What a component may import. Interfaces of types have no functions. */
export const COMPONENT_IMPORTS: readonly string[] = [HOST_INTERFACE, `${PACKAGE}/types@${VERSION}`];
export const COMPONENT_EXPORTS: readonly string[] = [INFERENCE_INTERFACE, TRAINING_INTERFACE];

/** The only function that a core module may import. */
export const CORE_IMPORT = { module: HOST_INTERFACE, name: 'log', kind: 'function' } as const;

export const INFERENCE_FUNCTIONS = functionNames(INFERENCE_INTERFACE, ['metadata', 'load', 'infer']);
export const TRAINING_FUNCTIONS = functionNames(TRAINING_INTERFACE, ['begin', 'step', 'finish']);

/** Every function returns through memory, so the bindings call a post-return function after each. */
export function postReturnOf(name: string): string {
  return `cabi_post_${name}`;
}

function functionNames(interfaceName: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `${interfaceName}#${name}`);
}
