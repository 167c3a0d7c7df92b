import type { Page } from 'playwright';
import type { PageInput } from '#core/control.ts';

export type InputLine = {
  /** Does these after those before; what the page is too slow for is done late, but moves that were overtaken are left out. */
  take(inputs: readonly PageInput[]): void;
  /** Lets go of every key and button that is still held down, so that the script which follows does not type in capitals. */
  release(): Promise<void>;
};

const navigationMs = 10_000;

/** What a person does, done to a page. `mayAct` is asked before each act: an input that comes too late is forgotten. */
export function createInputLine(page: Page, mayAct: () => boolean): InputLine {
  const waiting: PageInput[] = [];
  const keys = new Set<string>();
  const buttons = new Set<'left' | 'middle' | 'right'>();
  let working: Promise<void> = Promise.resolve();
  const workOff = async () => {
    for (let input = waiting.shift(); input; input = waiting.shift()) {
      const isOvertaken = input.act === 'move' && waiting[0]?.act === 'move';
      if (isOvertaken || !mayAct()) continue;
      // A page that is just closing or navigating takes no input; the next one may be taken.
      await act(page, input, { keys, buttons }).catch(() => undefined);
    }
  };
  return {
    take: (inputs) => {
      waiting.push(...inputs);
      working = working.then(workOff);
    },
    release: async () => {
      waiting.length = 0;
      await working;
      for (const key of keys) await page.keyboard.up(key).catch(() => undefined);
      for (const button of buttons) await page.mouse.up({ button }).catch(() => undefined);
      keys.clear();
      buttons.clear();
    },
  };
}

type Held = { keys: Set<string>; buttons: Set<'left' | 'middle' | 'right'> };

async function act(page: Page, input: PageInput, { keys, buttons }: Held): Promise<void> {
  if ('x' in input) await page.mouse.move(input.x, input.y);
  if (input.act === 'press') {
    buttons.add(input.button);
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

async function pressDown(page: Page, input: { key: string; code: string }, keys: Set<string>): Promise<void> {
  const isSign = [...input.key].length === 1;
  // Letters that an American keyboard lacks are written, not pressed; together with Control they mean their place on the keyboard.
  if (isSign && !isAscii(input.key) && !isShortcut(keys)) return page.keyboard.insertText(input.key);
  const name = nameOf(input, keys);
  await page.keyboard.down(name);
  keys.add(name);
}

const isAscii = (key: string): boolean => /^[\x20-\x7e]$/.test(key);
const isShortcut = (keys: ReadonlySet<string>): boolean => keys.has('Control') || keys.has('Meta') || keys.has('Alt');

function nameOf({ key, code }: { key: string; code: string }, keys: ReadonlySet<string>): string {
  return [...key].length === 1 && (isShortcut(keys) || !isAscii(key)) && code ? code : key;
}
