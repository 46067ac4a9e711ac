import { capGrowth } from './cap-growth.ts';
import { checkExports } from './check-exports.ts';
import { checkImports } from './check-imports.ts';
import { checkMagic } from './check-magic.ts';
import { compileCore } from './compile-core.ts';
import type { GrowthCaps } from './growth-caps.ts';
import { walkSections } from './walk-sections.ts';
import type { WasmModule } from './web-assembly.ts';

export interface CompiledModel {
  readonly module: WasmModule;
  readonly trainable: boolean;
}

/** The steps before anything of a model runs, in their order. */
export const STATIC_STEPS = ['magic', 'sections', 'imports', 'exports', 'limits', 'compile'] as const;
export type StaticStep = (typeof STATIC_STEPS)[number];

/** Does the work of a step: whoever watches the steps wraps it. */
export type TakeStep = <Result>(step: StaticStep, work: () => Result) => Result;

/**
 * From the bytes of a component to a module that may be instantiated. Each step throws a code of its own; nothing of the
 * model has run when they have passed.
 */
export function compileModel(component: Uint8Array, caps: GrowthCaps, take: TakeStep = justWork): CompiledModel {
  take('magic', () => checkMagic(component));
  const outline = take('sections', () => walkSections(component));
  take('imports', () => checkImports(outline));
  const { trainable } = take('exports', () => checkExports(outline));
  const core = take('limits', () => capGrowth(outline, caps));
  const module = take('compile', () => compileCore(core, trainable));
  return { module, trainable };
}

function justWork<Result>(_step: StaticStep, work: () => Result): Result {
  return work();
}
