import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ComposeFile } from '#bin/testing/compose-file.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

const dockerfile = read('Dockerfile.playwright');
const composeText = read('docker-compose.yml');
const compose = ComposeFile.parse(parse(composeText, { merge: true }));
const services = Object.entries(compose.services);

/** Names with the value that .env.example gives them. */
const example = new Map([...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));

test('the Dockerfile is one that Docker can read', () => {
  expect(validate(dockerfile)).toEqual([]);
});

test('the validator of Dockerfiles sees what is wrong', () => {
  expect(validate('FROM a\nEXPOSE x\nRUNN y\n').map(({ range }) => range.start.line)).toEqual(expect.arrayContaining([1, 2]));
});

test('the image does not run as root and puts an init in front', () => {
  const last = dockerfile.split(/^FROM /m).at(-1) ?? '';
  expect(last).toMatch(/^USER patchbay$/m);
  expect(last).toMatch(/^ENTRYPOINT \["tini"/m);
});

test('the image has the Node that package.json names, and the browser where BROWSER_PATH says', () => {
  const major = JSON.parse(read('package.json')).dependencies.node.split('.')[0];
  for (const [, version] of dockerfile.matchAll(/^FROM node:(\d+)/gm)) expect(version).toBe(major);
  expect(dockerfile).toMatch(/BROWSER_PATH=\/usr\/bin\/chromium\b/);
  expect(dockerfile).toMatch(/apt-get install [^&]*\bchromium\b/);
});

test('no secret and no data of this machine gets into the image', () => {
  expect(read('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.env', '.git', 'data', 'node_modules']));
});

test('a misspelt key in the compose file would be noticed', () => {
  const misspelt = composeText.replace('healthcheck:', 'healtcheck:');
  expect(ComposeFile.safeParse(parse(misspelt, { merge: true })).error?.message).toContain('healtcheck');
});

test('compose starts the database, the server, a worker and the catcher after one migration', () => {
  expect(Object.keys(compose.services)).toEqual(['postgres', 'migrate', 'server', 'worker', 'catcher']);
  for (const name of ['server', 'worker'] as const) {
    expect(compose.services[name]?.depends_on?.migrate?.condition).toBe('service_completed_successfully');
  }
});

test('what a service waits for exists and can be waited for', () => {
  for (const [, service] of services) {
    for (const [target, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = compose.services[target];
      expect(other, target).toBeDefined();
      if (condition === 'service_healthy') expect(other?.healthcheck, target).toBeDefined();
      if (condition === 'service_completed_successfully') expect(other?.restart, target).toBe('no');
    }
  }
});

test('every lasting service has a health check, and ours are stopped gently', () => {
  for (const [name, service] of services.filter(([, { restart }]) => restart !== 'no')) {
    expect(service.healthcheck, name).toBeDefined();
    expect(service.stop_grace_period, name).toBe('30s');
  }
});

test('every command names a program of ours', () => {
  const commands = services.flatMap(([, { command }]) => (command ? [command] : []));
  for (const [node, ...rest] of commands) {
    const file = rest.find((word) => !word.startsWith('--')) ?? '';
    expect([node, existsSync(join(root, file)), file]).toEqual(['node', true, file]);
  }
});

test('volumes that services use are declared, and none is left over', () => {
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
  expect(new Set(used)).toEqual(new Set(Object.keys(compose.volumes)));
});

test('only the dashboard and the catcher can be reached, and only from this machine', () => {
  const ports = services.flatMap(([name, { ports: published = [] }]) => published.map((port) => `${name} ${port}`));
  expect(ports).toEqual(['server 127.0.0.1:8080:8080', 'catcher 127.0.0.1:1025:1025', 'catcher 127.0.0.1:1080:1080']);
});

test('every setting that compose hands on or asks for is explained in .env.example', () => {
  const asked = [...composeText.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name);
  const ours = services.filter(([name]) => name !== 'postgres');
  const handed = ours.flatMap(([, { environment = {} }]) => Object.keys(environment));
  expect([...new Set([...asked, ...handed])].filter((name) => !example.has(name))).toEqual([]);
});

test('a default in compose is the default of .env.example, where both give one', () => {
  const deliberate = new Set(['USE_MAILCATCHER']);
  const defaults = [...composeText.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name = '', value = '']) => [name, value] as const);
  for (const [name, value] of defaults.filter(([name]) => !deliberate.has(name))) expect([name, value]).toEqual([name, example.get(name)]);
});
