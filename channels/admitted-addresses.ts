import { z } from 'zod';
import { readRange } from '#core/public-address.ts';

/** ADMITTED_ADDRESSES, such as `127.0.0.0/8, 10.1.2.3`: private addresses that what people type in may lead to. */
export const AdmittedAddresses = z
  .string()
  .default('')
  .transform((text, context) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)
      .flatMap((part) => {
        const range = readRange(part);
        if (!range) context.addIssue({ code: 'custom', message: `holds ${part}, which is not an address or a range such as 10.0.0.0/8` });
        return range ? [range] : [];
      }),
  );
