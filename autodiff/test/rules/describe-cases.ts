import { describe, expect, it } from 'vitest';
import { checkGradient, type GradientCase } from './check-gradient.ts';

/** Each operator within 1e-3 of central finite differences on every engine, and the engines within 1e-4 of each other. */
export function describeCases(family: string, cases: readonly GradientCase[]): void {
  describe(`gradients of ${family}`, () => {
    it.each(cases.map((testCase) => [`${testCase.opType}: ${testCase.name}`, testCase] as const))(
      '%s',
      async (_, testCase) => {
        const { relative, betweenEngines } = await checkGradient(testCase);
        expect(relative).toBeLessThan(1e-3);
        expect(betweenEngines).toBeLessThan(1e-4);
      },
    );
  });
}
