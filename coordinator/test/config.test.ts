import { configRows } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { coordinatorConfig, loadCoordinatorConfig } from '../src/config.ts';

describe('loadCoordinatorConfig', () => {
  it('has the documented defaults', () => {
    expect(loadCoordinatorConfig({ env: {} })).toMatchObject({
      stateDir: '~/.sedge/coordinator',
      httpHost: '127.0.0.1',
      httpPort: 8080,
      mqttHost: '127.0.0.1',
      mqttPort: 1883,
      project: 'default',
      allowPlaintext: false,
      metricsOpen: false,
    });
  });

  it('reads a YAML file, and the environment wins over it', () => {
    const yamlText = 'http:\n  port: 9000\nmqtt:\n  port: 9001\nproject: farm\n';
    const settings = loadCoordinatorConfig({ env: { SEDGE_HTTP_PORT: '9100' }, yamlText });
    expect(settings).toMatchObject({ httpPort: 9100, mqttPort: 9001, project: 'farm' });
  });

  it.each<[string, Record<string, string>, string]>([
    ['a port beyond 65535', { SEDGE_HTTP_PORT: '65536' }, 'SEDGE_HTTP_PORT'],
    ['a port that is no number', { SEDGE_MQTT_PORT: 'many' }, 'SEDGE_MQTT_PORT'],
    ['a project with a dot', { SEDGE_PROJECT: 'a.b' }, 'SEDGE_PROJECT'],
    ['a URL of another kind', { SEDGE_PUBLIC_URL: 'ftp://example.org' }, 'SEDGE_PUBLIC_URL'],
    ['an unknown log level', { SEDGE_LOG_LEVEL: 'loud' }, 'SEDGE_LOG_LEVEL'],
    ['a misspelt variable', { SEDGE_HTTP_PRT: '1' }, 'did you mean SEDGE_HTTP_PORT'],
  ])('refuses %s with CONFIG_INVALID and names it', (_, env, words) => {
    expect(() => loadCoordinatorConfig({ env })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', detail: expect.stringContaining(words) }),
    );
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.evil.org', '1127.0.0.1'])(
    'refuses to bind to %s in plain text without the explicit word',
    (host) => {
      const refused = expect.objectContaining({ code: 'CONFIG_INVALID', detail: expect.stringContaining(host) });
      expect(() => loadCoordinatorConfig({ env: { SEDGE_HTTP_HOST: host } })).toThrow(refused);
      expect(() => loadCoordinatorConfig({ env: { SEDGE_MQTT_HOST: host } })).toThrow(refused);
      const allowed = { SEDGE_HTTP_HOST: host, SEDGE_MQTT_HOST: host, SEDGE_ALLOW_PLAINTEXT: 'true' };
      expect(loadCoordinatorConfig({ env: allowed })).toMatchObject({ httpHost: host, mqttHost: host });
    },
  );

  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('binds to %s without further words', (host) => {
    expect(loadCoordinatorConfig({ env: { SEDGE_HTTP_HOST: host } }).httpHost).toBe(host);
  });

  it('leaves the variables of the other programs alone', () => {
    const env = {
      SEDGE_AGENT_DIR: '/a',
      SEDGE_DATA_DIR: '/d',
      SEDGE_URL: 'http://x',
      SEDGE_TOKEN: 't',
      SEDGE_CONFIG: 'c',
    };
    expect(() => loadCoordinatorConfig({ env })).not.toThrow();
  });

  it('explains every setting', () => {
    for (const row of configRows(coordinatorConfig)) {
      expect(row.env).toMatch(/^SEDGE_[A-Z_]+$/);
      expect(row.doc).toMatch(/^[A-Z].*\.$/);
    }
  });
});
