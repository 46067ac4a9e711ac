import { modelKey, type ModelName, type ModelRef, type NodeId } from '@sedge/protocol';
import type { NodeSelector } from '@sedge/protocol/routes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredModels, isSameList, selects } from '../../src/rollouts/desired.ts';

const node = { id: 'node-1' as NodeId, name: 'roof', labels: { site: 'north', kind: 'pi' } };

describe('selects', () => {
  it.each<[string, NodeSelector, boolean]>([
    ['all', 'all', true],
    ['its id', { nodes: ['node-2', 'node-1'] }, true],
    ['its name', { nodes: ['roof'] }, true],
    ['another node', { nodes: ['node-11'] }, false],
    ['one of its labels', { labels: { site: 'north' } }, true],
    ['all of its labels', { labels: { site: 'north', kind: 'pi' } }, true],
    ['a label with another value', { labels: { site: 'south' } }, false],
    ['a label more than it has', { labels: { site: 'north', floor: '2' } }, false],
    ['no label at all', { labels: {} }, true],
    ['a label that every object has', { labels: { toString: 'x' } }, false],
  ])('matches a node by %s', (_, selector, expected) => {
    expect(selects(selector, node)).toBe(expected);
  });
});

describe('desiredModels', () => {
  const model = fc.record({
    name: fc.constantFrom('a', 'b', 'ab', 'a-1') as fc.Arbitrary<ModelName>,
    version: fc.integer({ min: 1, max: 12 }),
  });
  const selector: fc.Arbitrary<NodeSelector> = fc.oneof(
    fc.constant('all' as const),
    fc.record({ nodes: fc.constantFrom<string[][]>(['node-1'], ['roof'], ['cellar']) }),
    fc.record({ labels: fc.constantFrom<Record<string, string>[]>({ site: 'north' }, { site: 'south' }, {}) }),
  );
  const deployments = fc.array(fc.record({ model, selector }), { maxLength: 20 });

  it('does not depend on the order of deployments', () => {
    fc.assert(
      fc.property(deployments, (all) => {
        expect(desiredModels(all.toReversed(), node)).toEqual(desiredModels(all, node));
      }),
    );
  });

  it('wants each version once, and exactly those of which a deployment selects the node', () => {
    fc.assert(
      fc.property(deployments, (all) => {
        const keys = desiredModels(all, node).map(modelKey);
        expect(new Set(keys).size).toBe(keys.length);
        const selected = all.filter((deployment) => selects(deployment.selector, node));
        expect(new Set(keys)).toEqual(new Set(selected.map((deployment) => modelKey(deployment.model))));
      }),
    );
  });

  it('is in the order of name and then number, not of text', () => {
    const versions = [10, 9, 2].map((version) => ({
      model: { name: 'a' as ModelName, version },
      selector: 'all' as const,
    }));
    expect(desiredModels(versions, node).map(({ version }) => version)).toEqual([2, 9, 10]);
  });

  it('only loses what nobody else wants when a deployment goes', () => {
    fc.assert(
      fc.property(deployments, fc.nat(), (all, at) => {
        if (all.length === 0) return;
        const rest = all.toSpliced(at % all.length, 1);
        const before = new Set(desiredModels(all, node).map(modelKey));
        for (const left of desiredModels(rest, node)) expect(before).toContain(modelKey(left));
      }),
    );
  });
});

describe('isSameList', () => {
  it('tells lists apart by length, name and version', () => {
    const a: ModelRef = { name: 'a' as ModelName, version: 1 };
    const b: ModelRef = { name: 'a' as ModelName, version: 2 };
    expect(isSameList([a, b], [{ ...a }, { ...b }])).toBe(true);
    expect(isSameList([a], [a, b])).toBe(false);
    expect(isSameList([a, b], [a])).toBe(false);
    expect(isSameList([a], [b])).toBe(false);
    expect(isSameList([], [])).toBe(true);
  });
});
