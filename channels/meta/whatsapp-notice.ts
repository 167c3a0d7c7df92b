import type { PlatformEvent } from '#core/platform-event.ts';
import { timeOf } from './loose.ts';
import { unknownEvent } from './unknown-event.ts';
import type { Place } from './whatsapp-message.ts';
import { Notice } from './whatsapp-shapes.ts';

const aboutAccount = new Set([
  'account_alerts',
  'account_review_update',
  'account_update',
  'business_capability_update',
  'phone_number_name_update',
  'phone_number_quality_update',
]);

/** A change that is about templates or the account itself, by the name of its field; or one that is kept as it came. */
export function parseNotice(value: Record<string, unknown>, { entry, field, value: known }: Place): PlatformEvent {
  const notice = Notice.parse(value);
  const told = { account: entry.account, timestamp: timeOf(notice.timestamp, entry.time) };
  const template = {
    ...told,
    templateId: notice.message_template_id,
    template: notice.message_template_name,
    language: notice.message_template_language,
  };
  switch (field) {
    case 'message_template_status_update':
      return { kind: 'template_status', ...template, status: notice.event, reason: notice.reason };
    case 'message_template_quality_update':
      return { kind: 'template_quality', ...template, old: notice.previous_quality_score, new: notice.new_quality_score };
    case 'template_category_update':
      return { kind: 'template_category', ...template, field, old: notice.previous_category, new: notice.new_category };
    case 'messaging_handovers':
      return {
        kind: 'handover',
        ...told,
        from: null,
        to: known.metadata?.phone_number_id ?? null,
        event: 'control_passed',
        newOwner: null,
        previousOwner: null,
      };
  }
  if (field === null || !aboutAccount.has(field))
    return unknownEvent(entry, { field, ...told, reason: field ? 'a field that we do not read' : 'a change without a field' });
  return {
    kind: 'account_event',
    ...told,
    field,
    event: notice.event ?? notice.decision ?? notice.alert_type ?? notice.alert_info?.alert_type ?? null,
    limit: notice.current_limit,
    phone: notice.display_phone_number,
  };
}
