import { expect, test } from 'vitest';
import type { AddressProblem } from '#core/address.ts';
import { CampaignState } from '#core/api/campaigns.ts';
import { Act, Condition, Intent, SilenceReason, Trigger, TurnOutcome, TurnStep } from '#core/automation.ts';
import { DeliveryState, SkipReason, WaitReason } from '#core/delivery.ts';
import { failures } from '#core/failure.ts';
import { Role } from '#core/permission.ts';
import { ProfileState } from '#core/profile.ts';
import { proxyTroubles } from '#core/proxy-trouble.ts';
import automation from '#ui/locales/en/automation.json';
import reasons from '#ui/locales/en/reasons.json';
import roles from '#ui/locales/en/roles.json';
import states from '#ui/locales/en/states.json';

const addressProblems = {
  no_address: true,
  phone_invalid: true,
  phone_ambiguous: true,
  email_invalid: true,
  jid_invalid: true,
  handle_invalid: true,
} satisfies Record<AddressProblem, true>;

/** Russian has the same keys as English (check-locales.test.ts). */
const lacking = (codes: readonly string[], texts: Record<string, string>) => codes.filter((code) => !texts[code]);

test('every code that the core knows has words', () => {
  expect(lacking(Object.keys(failures), reasons.failures)).toEqual([]);
  expect(lacking(SkipReason.options, reasons.skips)).toEqual([]);
  expect(lacking(WaitReason.options, reasons.waits)).toEqual([]);
  expect(lacking(Object.keys(addressProblems), reasons.rejects)).toEqual([]);
  expect(lacking(Object.keys(proxyTroubles), reasons.proxies)).toEqual([]);
});

test('every state and role has its word', () => {
  expect(lacking(ProfileState.options, states.profile)).toEqual([]);
  expect(lacking(ProfileState.options, states.about)).toEqual([]);
  expect(lacking(DeliveryState.options, states.delivery)).toEqual([]);
  expect(lacking(CampaignState.options, states.campaign)).toEqual([]);
  expect(lacking(Role.options, roles)).toEqual([]);
});

test('what rules and bots may say of themselves has words', () => {
  expect(lacking(TurnStep.shape.code.options, automation.steps)).toEqual([]);
  expect(lacking(SilenceReason.options, automation.silences)).toEqual([]);
  expect(lacking(TurnOutcome.options, automation.outcomes)).toEqual([]);
  expect(lacking(Intent.options, automation.intents)).toEqual([]);
  const kindsOf = (options: readonly { shape: object }[], key: string) =>
    options.map((option) => String((option.shape as Record<string, { value: string }>)[key]?.value)); // Each is named by one literal.
  expect(lacking(kindsOf(Act.options, 'do'), automation.acts)).toEqual([]);
  expect(lacking(kindsOf(Condition.options, 'of'), automation.conditions)).toEqual([]);
  expect(lacking(kindsOf(Trigger.options, 'on'), automation.triggers)).toEqual([]);
});
