import {
  ADMIN,
  CONTENT,
  ENGINEER,
  INFER,
  type NodeId,
  OPERATE,
  PUBLIC,
  READ,
  type Role,
  type TokenId,
} from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { mayUse } from '../../src/access/may-use.ts';
import type { Principal } from '../../src/access/principal.ts';

const node: Principal = { kind: 'node', node: 'node-1' as NodeId };

function person(...roles: Role[]): Principal {
  return { kind: 'person', token: 'tok-1' as TokenId, name: 'somebody', roles };
}

describe('mayUse', () => {
  it.each([
    ['nobody', undefined, { public: true, read: false, content: false, operate: false, infer: false }],
    ['a node', node, { public: true, read: false, content: true, operate: false, infer: false }],
    ['a viewer', person('viewer'), { public: true, read: true, content: true, operate: false, infer: false }],
    ['an operator', person('operator'), { public: true, read: true, content: true, operate: true, infer: true }],
    ['a program', person('app'), { public: true, read: false, content: false, operate: false, infer: true }],
    ['an admin', person('admin'), { public: true, read: true, content: true, operate: true, infer: true }],
  ])('opens the right doors for %s', (_, principal, expected) => {
    const open = {
      public: mayUse(principal, PUBLIC),
      read: mayUse(principal, READ),
      content: mayUse(principal, CONTENT),
      operate: mayUse(principal, OPERATE),
      infer: mayUse(principal, INFER),
    };
    expect(open).toEqual(expected);
  });

  it('adds up roles', () => {
    expect(mayUse(person('viewer', 'engineer'), ENGINEER)).toBe(true);
    expect(mayUse(person('viewer', 'engineer'), ADMIN)).toBe(false);
    expect(mayUse(person(), READ)).toBe(false);
  });
});
