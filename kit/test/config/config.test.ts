import { SedgeError } from '@sedge/protocol';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { configRows, defineConfig, loadConfig, redactedConfig, setting } from '../../src/index.ts';

const definition = defineConfig({
  httpPort: setting({
    env: 'SEDGE_HTTP_PORT',
    path: 'http.port',
    schema: z.int().min(0).max(65_535),
    default: 8_080,
    doc: 'Port of the HTTP server; 0 picks a free one.',
  }),
  stateDir: setting({ env: 'SEDGE_STATE_DIR', schema: z.string().min(1), doc: 'Where the state lives.' }),
  isOpen: setting({ env: 'SEDGE_METRICS_OPEN', schema: z.boolean(), default: false, doc: 'Metrics without a token.' }),
  level: setting({
    env: 'SEDGE_LOG_LEVEL',
    schema: z.enum(['debug', 'info']),
    default: 'info',
    doc: 'How much is logged.',
  }),
  password: setting({
    env: 'SEDGE_BROKER_PASSWORD',
    schema: z.string().min(8).optional(),
    doc: 'Password at an external broker.',
    secret: true,
  }),
});

const env = { SEDGE_STATE_DIR: '/var/lib/sedge', PATH: '/bin' };

function problemOf(sources: Parameters<typeof loadConfig>[1]): string {
  try {
    loadConfig(definition, sources);
  } catch (error) {
    if (error instanceof SedgeError && error.code === 'CONFIG_INVALID') return error.detail;
    throw error;
  }
  return 'no problem';
}

describe('loadConfig', () => {
  it('takes defaults, the file and the environment, which wins', () => {
    const yamlText = 'http:\n  port: 9000\nlevel: debug\n';
    const config = loadConfig(definition, { env: { ...env, SEDGE_HTTP_PORT: '0' }, yamlText });
    expect(config).toEqual({
      httpPort: 0,
      stateDir: '/var/lib/sedge',
      isOpen: false,
      level: 'debug',
      password: undefined,
    });
    expectTypeOf(config.httpPort).toEqualTypeOf<number>();
    expectTypeOf(config.level).toEqualTypeOf<'debug' | 'info'>();
    expectTypeOf(config.password).toEqualTypeOf<string | undefined>();
  });

  it('takes a value of the file where the environment is silent', () => {
    expect(loadConfig(definition, { env, yamlText: 'http: { port: 81 }' }).httpPort).toBe(81);
  });

  it('freezes', () => {
    expect(Object.isFrozen(loadConfig(definition, { env }))).toBe(true);
  });

  it('keeps text that looks like a number as text where text is wanted', () => {
    expect(loadConfig(definition, { env: { SEDGE_STATE_DIR: '007' } }).stateDir).toBe('007');
  });

  it.each(['[a, b]', '["a","b"]', ' [ a , "b" ] '])('takes the list %s from the environment', (text) => {
    const lists = defineConfig({ names: setting({ env: 'SEDGE_NAMES', schema: z.array(z.string()), doc: 'Names.' }) });
    expect(loadConfig(lists, { env: { SEDGE_NAMES: text } }).names).toEqual(['a', 'b']);
  });

  it.each([
    [{ SEDGE_HTTP_PORT: '70000' }, 'SEDGE_HTTP_PORT is "70000"; it must be an integer from 0 to 65535'],
    [{ SEDGE_HTTP_PORT: 'http' }, 'SEDGE_HTTP_PORT is "http"; it must be an integer from 0 to 65535'],
    [{ SEDGE_HTTP_PORT: '' }, 'SEDGE_HTTP_PORT is ""; it must be an integer from 0 to 65535'],
    [{ SEDGE_METRICS_OPEN: 'yes' }, 'SEDGE_METRICS_OPEN is "yes"; it must be true or false'],
    [{ SEDGE_LOG_LEVEL: 'Info' }, 'SEDGE_LOG_LEVEL is "Info"; it must be one of debug, info'],
    [{ SEDGE_HTPP_PORT: '1' }, 'the variable SEDGE_HTPP_PORT is not known; did you mean SEDGE_HTTP_PORT?'],
    [{ SEDGE_ZYGOTE: '1' }, 'the variable SEDGE_ZYGOTE is not known'],
  ])('names the variable, what was found and what is allowed: %j', (wrong, problem) => {
    expect(problemOf({ env: { ...env, ...wrong } })).toBe(problem);
  });

  it('names what is missing', () => {
    expect(problemOf({ env: {} })).toBe('SEDGE_STATE_DIR is not set; it must be text of at least 1 characters');
  });

  it('never shows a secret', () => {
    const problem = problemOf({ env: { ...env, SEDGE_BROKER_PASSWORD: 'hunter2' } });
    expect(problem).toBe(
      'SEDGE_BROKER_PASSWORD has a value that is not shown here; it must be text of at least 8 characters',
    );
  });

  it('lists every problem at once', () => {
    const problem = problemOf({ env: { SEDGE_HTTP_PORT: 'x', SEDGE_LOG_LEVL: 'info' }, yamlText: 'isopen: 1' });
    expect(problem.split('; ').filter((part) => /^(SEDGE|the variable|isopen)/.test(part))).toHaveLength(4);
  });

  it('leaves variables of other programs alone when they are named', () => {
    expect(problemOf({ env: { ...env, SEDGE_AGENT_DIR: '/x' }, foreignNames: ['SEDGE_AGENT_DIR'] })).toBe('no problem');
  });

  it.each([
    ['http: { prot: 1 }', 'http.prot in the configuration file is not known; did you mean http.port?'],
    ['http: { port: many }', 'http.port (SEDGE_HTTP_PORT) is "many"; it must be an integer from 0 to 65535'],
    ['http: { port: "1" }', 'http.port (SEDGE_HTTP_PORT) is "1"; it must be an integer from 0 to 65535'],
    ['http: 3', 'http in the configuration file is not known'],
    ['[1, 2]', 'the configuration file must hold names and values'],
    ['just text', 'the configuration file must hold names and values'],
  ])('refuses the file %j', (yamlText, problem) => {
    expect(problemOf({ env, yamlText })).toBe(problem);
  });

  it('refuses a file that is no YAML, and one that blows up', () => {
    expect(problemOf({ env, yamlText: 'a: [1' })).toContain('the configuration file is no YAML');
    const bomb = 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n';
    expect(problemOf({ env, yamlText: bomb })).toContain('the configuration file is no YAML');
  });

  it('takes an empty file', () => {
    expect(loadConfig(definition, { env, yamlText: '# nothing yet\n' }).httpPort).toBe(8_080);
  });
});

describe('defineConfig', () => {
  it('refuses two settings of one name', () => {
    const twice = setting({ env: 'SEDGE_A', schema: z.string(), doc: '' });
    expect(() => defineConfig({ a: twice, b: twice })).toThrow('two settings are named SEDGE_A');
    expect(() => defineConfig({ a: twice, b: { ...twice, env: 'SEDGE_B', path: 'a' } })).toThrow('named a');
  });
});

describe('configRows', () => {
  it('has one row per setting for the reference page', () => {
    expect(configRows(definition)[0]).toEqual({
      env: 'SEDGE_HTTP_PORT',
      path: 'http.port',
      allowed: 'an integer from 0 to 65535',
      default: '8080',
      isSecret: false,
      doc: 'Port of the HTTP server; 0 picks a free one.',
    });
    expect(configRows(definition)).toHaveLength(5);
  });
});

describe('redactedConfig', () => {
  it('prints everything but secrets', () => {
    const config = loadConfig(definition, { env: { ...env, SEDGE_BROKER_PASSWORD: 'long enough' } });
    const printed = redactedConfig(definition, config);
    expect(printed).toMatchObject({ httpPort: 8_080, password: '(set, not shown)' });
    expect(JSON.stringify(printed)).not.toContain('long enough');
  });
});
