import { z } from 'zod';

/** `isOwn`: the messenger's tab, which lives as long as the browser does. `site` is its host, empty for a page that has none. */
export const Tab = z.object({ id: z.int().min(0), title: z.string(), site: z.string(), isOwn: z.boolean(), isShown: z.boolean() });
export type Tab = z.output<typeof Tab>;

/** A question of a page, which stands still until somebody who controls it has answered. `usual` is what a prompt suggests. */
export const PageDialog = z.object({
  id: z.int().min(0),
  kind: z.enum(['alert', 'confirm', 'prompt', 'beforeunload']),
  text: z.string(),
  usual: z.string(),
});
export type PageDialog = z.output<typeof PageDialog>;

/** What a page wanted and a picture cannot show: a question that nobody was there to answer, a file to choose, a file to keep. */
export const PageNotice = z.discriminatedUnion('is', [
  z.object({ is: z.literal('dialog_dismissed'), id: z.int(), text: z.string() }),
  z.object({ is: z.literal('file_asked'), id: z.int() }),
  z.object({ is: z.literal('download'), id: z.int(), name: z.string() }),
]);
export type PageNotice = z.output<typeof PageNotice>;

/** The tabs of a profile's browser, and what stands beside the picture of the one that is shown. Empty while the browser is closed. */
export const PageTabs = z.object({ tabs: z.array(Tab), dialog: PageDialog.nullable(), notice: PageNotice.nullable() });
export type PageTabs = z.output<typeof PageTabs>;

export const noTabs: PageTabs = { tabs: [], dialog: null, notice: null };
