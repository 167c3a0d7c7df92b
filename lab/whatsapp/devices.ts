import { randomBytes } from 'node:crypto';
import { emit } from '#lab/messenger/event-log.ts';
import type { Device } from './model.ts';
import type { Lab } from './store.ts';

export function devicesOf(lab: Lab, number: string): Device[] {
  return [...lab.devices.values()].filter((device) => device.number === number && !device.loggedOutBecause);
}

/** Links a browser. Returns why not when the account has its four devices already (facts 3.3). */
export function linkDevice(lab: Lab, number: string, name: string): Device | 'too_many_devices' {
  if (devicesOf(lab, number).length >= lab.settings.maxDevices) return 'too_many_devices';
  const device: Device = {
    id: `${lab.devices.size + 1}-${randomBytes(4).toString('hex')}`,
    number,
    secret: randomBytes(16).toString('base64url'),
    name,
    counter: 0,
    backlog: 0,
    linkedAt: lab.now(),
    lastSeenAt: lab.now(),
    loggedOutBecause: null,
  };
  lab.devices.set(device.id, device);
  emit(lab, { is: 'linked', number, deviceId: device.id });
  return device;
}

export function logOutDevice(lab: Lab, device: Device, why: string): void {
  if (device.loggedOutBecause) return;
  device.loggedOutBecause = why;
  emit(lab, { is: 'logged_out', number: device.number, deviceId: device.id, why });
}

/**
 * Whether a stored session may go on. The keys of a message work once, so a browser restored from an old snapshot cannot follow:
 * up to `ratchetWindow` messages are made good, beyond that the server ends the session.
 */
export function resumeDevice(lab: Lab, shown: { deviceId: string; secret: string; counter: number }): Device | string {
  const device = lab.devices.get(shown.deviceId);
  if (!device || device.secret !== shown.secret) return 'unknown_device';
  if (device.loggedOutBecause) return device.loggedOutBecause;
  if (device.counter - shown.counter > lab.settings.ratchetWindow) {
    logOutDevice(lab, device, 'session_too_old');
    return 'session_too_old';
  }
  device.counter = Math.max(device.counter, shown.counter);
  device.lastSeenAt = lab.now();
  return device;
}

/** The page has processed its backlog, or sent something: the ratchet stands at `counter`. */
export function advanceRatchet(lab: Lab, device: Device, counter: number): void {
  device.counter = Math.max(device.counter, counter);
  device.lastSeenAt = lab.now();
}
