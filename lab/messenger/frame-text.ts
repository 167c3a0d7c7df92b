import { z } from 'zod';

/** A frame as it comes over the socket. */
export const frameText = <Frame extends z.ZodType>(frame: Frame) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'Not JSON' });
        return z.NEVER;
      }
    })
    .pipe(frame);
