import { Ban, Check, CheckCheck, CircleHelp, CircleX, Clock, Forward, LoaderCircle, SkipForward } from '@lucide/vue';
import type { DeliveryState } from '#core/delivery.ts';
import type { Look } from '#ui/controls/look.ts';

/** A delivery's state in the colours that profiles have. */
export const deliveryLooks: Record<DeliveryState, Look> = {
  planned: { group: 'waiting', icon: Clock },
  claimed: { group: 'working', icon: LoaderCircle },
  committing: { group: 'working', icon: Forward },
  sent: { group: 'ready', icon: Check },
  delivered: { group: 'ready', icon: CheckCheck },
  read: { group: 'ready', icon: CheckCheck },
  failed: { group: 'failed', icon: CircleX },
  skipped: { group: 'parked', icon: SkipForward },
  cancelled: { group: 'parked', icon: Ban },
  uncertain: { group: 'needs_you', icon: CircleHelp },
};
