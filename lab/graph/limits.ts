import { GraphError } from './errors.ts';
import type { Customer, PhoneNumber } from './model.ts';
import { type Lab, lastWroteAt } from './store.ts';

/** The limits of facts 1.7, from what was really taken: a number's second, a person's six seconds, a portfolio's people of the last 24 hours. */
export function checkLimits(lab: Lab, number: PhoneNumber, { customer, isTemplate }: { customer: Customer; isTemplate: boolean }): void {
  const now = lab.now();
  const { pair } = lab.settings;
  const sent = sentSince(lab, now - Math.max(1000, pair.seconds * pair.burst * 1000));
  const ofNumber = sent.filter((one) => one.account === number.id);
  if (ofNumber.filter((one) => one.at > now - 1000).length >= number.perSecond) throw new GraphError(130429);
  const ofPair = ofNumber.filter((one) => one.customer === customer.id);
  if (ofPair.length >= pair.burst && ofPair.filter((one) => one.at > now - pair.seconds * 1000).length > 0) throw new GraphError(131056);
  if (isTemplate) checkPortfolio(lab, number, customer);
}

/** Only people who have not written lately count: an answer inside the window is nobody's new conversation. */
function checkPortfolio(lab: Lab, number: PhoneNumber, customer: Customer): void {
  const business = lab.businesses.get(number.businessId);
  if (business?.peoplePerDay == null || isInWindow(lab, number.id, customer.id)) return;
  const numbers = new Set(
    [...lab.numbers.values()].filter((one) => lab.businesses.get(one.businessId)?.portfolioId === business.portfolioId).map((one) => one.id),
  );
  const people = new Set(
    sentSince(lab, lab.now() - 24 * 3_600_000)
      .filter((one) => numbers.has(one.account) && one.type === 'template' && one.status !== 'failed' && !isInWindow(lab, one.account, one.customer))
      .map((one) => one.customer),
  );
  if (!people.has(customer.id) && people.size >= business.peoplePerDay)
    throw new GraphError(131048, {
      details: 'Message failed to send because there are restrictions on how many messages can be sent from this phone number.',
    });
}

function isInWindow(lab: Lab, account: string, customer: string): boolean {
  const last = lastWroteAt(lab, { account, customer });
  return last !== null && lab.now() - last <= lab.settings.windowMs;
}

const sentSince = (lab: Lab, since: number) => [...lab.messages.values()].filter((one) => one.direction === 'out' && one.at > since);
