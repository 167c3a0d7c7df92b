import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BrowserType } from 'playwright';
import { Failure } from '#core/failure.ts';
import { disabledFeatures } from './browser-features.ts';
import { markFlag } from './process-table.ts';
import type { ProfileSpec } from './profile-spec.ts';
import type { LocalHop } from './proxy.ts';

/** A fresh array each time: the stealth plugin writes into it. */
export function chromiumArgs(spec: ProfileSpec, { userAgent, hop, mark }: { userAgent: string; hop: LocalHop | null; mark?: string }): string[] {
  const args = [
    // Playwright's own option does not reach shared and service workers, which then say HeadlessChrome (measured on 156).
    `--user-agent=${userAgent}`,
    `--lang=${spec.locale}`,
    `--accept-lang=${spec.locale}`,
    // The only WebRTC switch that works in 156: without it STUN goes out directly beside the proxy.
    '--webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--disable-quic',
    // What Playwright leaves on of what Chromium does by itself; what is asked for all the same ends at the hop (background-hosts.ts).
    '--disable-domain-reliability',
    '--no-pings',
    disabledFeatures(),
    ...(mark ? [markFlag(mark)] : []),
  ];
  // No name is ever looked up on this machine for a proxied profile; the hop is an address, not a name.
  if (hop) return [...args, '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'];
  return [...args, '--no-proxy-server'];
}

/** Loaded by the first launch: a worker takes jobs half a second earlier. `navigator.webdriver` is all that stealth touches; the other evasions contradict each other between pages (measured). */
export async function browserType(withStealth: boolean): Promise<BrowserType> {
  const { chromium } = await import('playwright');
  if (!withStealth) return chromium;
  const { addExtra } = await import('playwright-extra');
  const { default: stealth } = await import('puppeteer-extra-plugin-stealth');
  const extra = addExtra(chromium);
  extra.use(stealth({ enabledEvasions: new Set(['navigator.webdriver']) }));
  return extra;
}

/** What the same browser says with a window: the true version and platform, frozen as Chromium itself freezes them. */
export async function readUserAgent(browserPath: string): Promise<string> {
  const { stdout } = await promisify(execFile)(browserPath, ['--version'], { timeout: 10_000 }).catch((cause: unknown) => {
    throw new Failure('no_browser', `The browser at ${browserPath} does not start. Set BROWSER_PATH to another one.`, { cause });
  });
  const major = /(\d+)\.\d+\.\d+\.\d+/.exec(stdout)?.[1];
  if (!major) throw new Failure('no_browser', `The program at ${browserPath} is no Chromium. Set BROWSER_PATH to another one.`);
  const platforms: Partial<Record<NodeJS.Platform, string>> = { darwin: 'Macintosh; Intel Mac OS X 10_15_7', win32: 'Windows NT 10.0; Win64; x64' };
  const platform = platforms[process.platform] ?? 'X11; Linux x86_64';
  return `Mozilla/5.0 (${platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
}
