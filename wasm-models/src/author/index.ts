export { CompileFailure, CompilerMissing } from './build-failures.ts';
export { buildComponent, type ComponentSource } from './build-component.ts';
export { hasClang } from './compile-c.ts';
export { makeComponent } from './make-component.ts';
