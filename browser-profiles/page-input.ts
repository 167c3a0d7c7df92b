import type { Page } from 'playwright';
import type { PageInput } from '#core/control.ts';

export type InputLine = {
  /** Does these after those before; what the page is too slow for is done late, but moves that were overtaken are left out. */
  take(inputs: readonly PageInput[]): void;
  /** Lets go of every key and button that is still held down, so that the script which follows does not type in capitals. */
  release(): Promise<void>;
};

const navigationMs = 10_000;

/** The tabs of a browser, one of which is acted on. */
export interface Stage {
  readonly shown: Page;
  show(tab: number): void;
  close(tab: number): Promise<void>;
  answer(dialog: number, how: { accept: boolean; text: string }): Promise<void>;
}
type TabInput = Extract<PageInput, { act: 'show_tab' | 'close_tab' | 'answer' }>;
type HandInput = Exclude<PageInput, TabInput>;

/** What a person does, done to the tab that was shown when they did it. `mayAct` is asked before each act: an input that comes too late is forgotten. */
export function createInputLine(stage: Stage, mayAct: () => boolean): InputLine {
  const waiting: { page: Page; input: HandInput }[] = [];
  const held: Held = { keys: new Map(), buttons: new Map() };
  let working: Promise<void> = Promise.resolve();
  const workOff = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const isOvertaken = next.input.act === 'move' && waiting[0]?.input.act === 'move';
      if (isOvertaken || !mayAct()) continue;
      // A page that is just closing or navigating takes no input; the next one may be taken.
      await act(next.page, next.input, held).catch(() => undefined);
    }
  };
  return {
    take: (inputs) => {
      for (const input of inputs) {
        // The click that made a page ask is not over before the answer: these wait for nothing.
        if (isForTabs(input)) mayAct() && void turn(stage, input).catch(() => undefined);
        else waiting.push({ page: stage.shown, input });
      }
      working = working.then(workOff);
    },
    release: async () => {
      waiting.length = 0;
      await working;
      for (const [key, page] of held.keys) await page.keyboard.up(key).catch(() => undefined);
      for (const [button, page] of held.buttons) await page.mouse.up({ button }).catch(() => undefined);
      held.keys.clear();
      held.buttons.clear();
    },
  };
}

const isForTabs = (input: PageInput): input is TabInput => input.act === 'show_tab' || input.act === 'close_tab' || input.act === 'answer';

async function turn(stage: Stage, input: TabInput): Promise<void> {
  if (input.act === 'show_tab') stage.show(input.tab);
  else if (input.act === 'close_tab') await stage.close(input.tab);
  else await stage.answer(input.dialog, input);
}

/** What is held down, and on which page. */
type Held = { keys: Map<string, Page>; buttons: Map<'left' | 'middle' | 'right', Page> };

async function act(page: Page, input: HandInput, { keys, buttons }: Held): Promise<void> {
  if ('x' in input) await page.mouse.move(input.x, input.y);
  if (input.act === 'press') {
    buttons.set(input.button, page);
    await page.mouse.down({ button: input.button, clickCount: input.clicks });
  } else if (input.act === 'release') {
    buttons.delete(input.button);
    await page.mouse.up({ button: input.button, clickCount: input.clicks });
  } else if (input.act === 'wheel') await page.mouse.wheel(input.dx, input.dy);
  else if (input.act === 'insert') await page.keyboard.insertText(input.text);
  else if (input.act === 'key_down') await pressDown(page, input, keys);
  else if (input.act === 'key_up') {
    const name = nameOf(input, keys);
    if (keys.delete(name)) await page.keyboard.up(name);
  } else if (input.act === 'back') await page.goBack({ waitUntil: 'commit', timeout: navigationMs });
  else if (input.act === 'forward') await page.goForward({ waitUntil: 'commit', timeout: navigationMs });
  else if (input.act === 'reload') await page.reload({ waitUntil: 'commit', timeout: navigationMs });
}

async function pressDown(page: Page, input: { key: string; code: string }, keys: Map<string, Page>): Promise<void> {
  const isSign = [...input.key].length === 1;
  // Letters that an American keyboard lacks are written, not pressed; together with Control they mean their place on the keyboard.
  if (isSign && !isAscii(input.key) && !isShortcut(keys)) return page.keyboard.insertText(input.key);
  const name = nameOf(input, keys);
  await page.keyboard.down(name);
  keys.set(name, page);
}

const isAscii = (key: string): boolean => /^[\x20-\x7e]$/.test(key);
const isShortcut = (keys: ReadonlyMap<string, Page>): boolean => keys.has('Control') || keys.has('Meta') || keys.has('Alt');

function nameOf({ key, code }: { key: string; code: string }, keys: ReadonlyMap<string, Page>): string {
  return [...key].length === 1 && (isShortcut(keys) || !isAscii(key)) && code ? code : key;
}
