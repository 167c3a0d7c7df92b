import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface LabAccount {
  name: string;
  fullName: string;
  jid: string;
  password: string;
}

export const prosodyHost = 'localhost';

/** The five people of the lab; all of them see each other in their rosters. */
export const labPeople = { alice: 'Alice Adams', bob: 'Bob Brown', carol: 'Carol Clark', dave: 'Dave Davis', erin: 'Erin Evans' } as const;

export function accountOf(name: string, fullName: string): LabAccount {
  return { name, fullName, jid: `${name}@${prosodyHost}`, password: `pw-${name}` };
}

/** Writes what Prosody needs into `dir`: configuration, accounts and the roster that they share. Returns the configuration's path. */
export async function writeProsodyFiles(dir: string, accounts: readonly LabAccount[], port: number): Promise<string> {
  const accountFiles = join(dataDir(dir), prosodyHost, 'accounts');
  await Promise.all([mkdir(accountFiles, { recursive: true }), mkdir(join(dir, 'certs'), { recursive: true })]);
  for (const { name, password } of accounts) {
    await writeFile(join(accountFiles, `${name}.dat`), `return { ["password"] = ${lua(password)} };\n`);
  }
  const roster = accounts.map(({ jid, fullName }) => `${jid}=${fullName}\n`).join('');
  await writeFile(join(dir, 'groups.txt'), `[Lab]\n${roster}`);
  const path = join(dir, 'prosody.cfg.lua');
  await writeFile(path, configuration(dir, port));
  return path;
}

/** Prosody keeps one file for each user: everything that it took from or for this user, in order. */
export function archiveFile(dir: string, user: string): string {
  return join(dataDir(dir), prosodyHost, 'archive', `${user}.list`);
}

function dataDir(dir: string): string {
  return join(dir, 'data');
}

/** A JSON string is a Lua string as long as it holds no control characters, which paths and our passwords do not. */
function lua(text: string): string {
  return JSON.stringify(text);
}

// Limits: never forget and never refuse an archived message (the default keeps 10,000 for a week), since proofs count them.
function configuration(dir: string, port: number): string {
  return `run_as_root = true
data_path = ${lua(dataDir(dir))}
pidfile = ${lua(join(dir, 'prosody.pid'))}
certificates = ${lua(join(dir, 'certs'))}
log = { { levels = { min = "info" }, to = "console" } }

interfaces = { "127.0.0.1" }
http_interfaces = { "127.0.0.1" }
http_ports = { ${port} }
http_default_host = ${lua(prosodyHost)}
https_ports = {}
c2s_ports = {}
c2s_direct_tls_ports = {}
legacy_ssl_ports = {}

modules_enabled = {
  "roster", "groups", "saslauth", "disco", "ping", "posix", "pep", "blocklist", "vcard4", "vcard_legacy",
  "carbons", "mam", "smacks", "offline", "websocket", "bosh",
}
modules_disabled = { "s2s", "tls", "dialback", "admin_shell", "admin_socket" }
groups_file = ${lua(join(dir, 'groups.txt'))}

-- Not internal_plain: that one makes up another salt for each login, and the keys that Converse.js keeps would never fit again, so that a
-- reopened profile had to log in. Our plain passwords are hashed at their first use.
authentication = "internal_hashed"
storage = "internal"
consider_websocket_secure = true
consider_bosh_secure = true
c2s_require_encryption = false
allow_unencrypted_plain_auth = true

default_archive_policy = true
archive_expires_after = "never"
storage_archive_item_limit = 1000000

VirtualHost ${lua(prosodyHost)}
`;
}
