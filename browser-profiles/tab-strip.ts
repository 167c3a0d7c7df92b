import type { Dialog, Page } from 'playwright';
import type { PageNotice, PageTabs } from '#core/tabs.ts';

type Followed = { id: number; page: Page; title: string };
type Asked = { id: number; dialog: Dialog };
/** A notice before it has its number. */
type News = { is: 'dialog_dismissed'; text: string } | { is: 'file_asked' } | { is: 'download'; name: string };

/** A page may call itself and ask what it likes; nobody reads more than this. */
const mostLetters = 300;

/**
 * The tabs of one open browser, in the order in which they opened, and which of them is looked at. While nobody controls it the messenger's
 * own tab is, and questions of pages are turned down at once, as Playwright does by itself. `changed` hears of everything, with `isOther`
 * when another tab is shown from now on.
 */
export class TabStrip {
  readonly #own: Page;
  readonly #changed: (change: { isOther: boolean }) => void;
  #tabs: Followed[] = [];
  #shown: Page;
  #asked: Asked | null = null;
  #notice: PageNotice | null = null;
  #persons = 0;
  #lastId = 0;

  constructor(own: Page, changed: (change: { isOther: boolean }) => void) {
    this.#own = own;
    this.#shown = own;
    this.#changed = changed;
    const context = own.context();
    for (const page of [own, ...context.pages().filter((page) => page !== own)]) this.#follow(page);
    context.on('page', (page) => {
      this.#follow(page);
      // A link that opens a tab takes the person there, as in any browser.
      if (this.#persons > 0) this.#show(page);
      else this.#changed({ isOther: false });
    });
    context.on('dialog', (dialog) => void this.#hear(dialog));
  }

  get shown(): Page {
    return this.#shown;
  }

  state(): PageTabs {
    const tabs = this.#tabs.map(({ id, page, title }) => ({
      id,
      title,
      site: URL.parse(page.url())?.host ?? '',
      isOwn: page === this.#own,
      isShown: page === this.#shown,
    }));
    const dialog = this.#asked && {
      id: this.#asked.id,
      kind: kindOf(this.#asked.dialog),
      text: cut(this.#asked.dialog.message()),
      usual: cut(this.#asked.dialog.defaultValue()),
    };
    return { tabs, dialog, notice: this.#notice };
  }

  /** A person sits down: questions wait for them. The answer is how they leave: what they have not answered is turned down, and the messenger's own tab is shown again. */
  attend(): () => Promise<void> {
    this.#persons += 1;
    if (this.#persons === 1) for (const { page } of this.#tabs) page.on('filechooser', this.#askFile);
    let isDone = false;
    return async () => {
      if (isDone) return;
      isDone = true;
      this.#persons -= 1;
      if (this.#persons > 0) return;
      for (const { page } of this.#tabs) page.off('filechooser', this.#askFile);
      this.#show(this.#own);
      const asked = this.#asked;
      if (asked) await this.#turnDown(asked);
    };
  }

  show(id: number): void {
    const tab = this.#tabs.find((one) => one.id === id);
    if (tab) this.#show(tab.page);
  }

  /** The messenger's own tab stays: the profile lives in it. */
  async close(id: number): Promise<void> {
    const tab = this.#tabs.find((one) => one.id === id);
    if (tab && tab.page !== this.#own) await tab.page.close();
  }

  async answer(id: number, { accept, text }: { accept: boolean; text: string }): Promise<void> {
    const asked = this.#asked;
    if (asked?.id !== id) return;
    this.#forget(asked);
    if (!accept) await asked.dialog.dismiss();
    else if (kindOf(asked.dialog) === 'prompt') await asked.dialog.accept(text);
    else await asked.dialog.accept();
  }

  #follow(page: Page): void {
    const tab = { id: this.#nextId(), page, title: '' };
    this.#tabs.push(tab);
    const name = () => void this.#name(tab);
    page.on('domcontentloaded', name);
    page.on('load', name);
    page.on('download', (download) => this.#note({ is: 'download', name: cut(download.suggestedFilename()) }));
    if (this.#persons > 0) page.on('filechooser', this.#askFile);
    page.once('close', () => this.#lose(tab));
    name();
  }

  async #name(tab: Followed): Promise<void> {
    // A page that leaves or stands still is asked again when it has loaded.
    tab.title = await tab.page.title().then(cut, () => tab.title);
    this.#changed({ isOther: false });
  }

  #lose(tab: Followed): void {
    this.#tabs = this.#tabs.filter((one) => one !== tab);
    if (this.#asked?.dialog.page() === tab.page) this.#asked = null;
    if (this.#shown === tab.page) this.#show(this.#own);
    else this.#changed({ isOther: false });
  }

  #show(page: Page): void {
    const isOther = this.#shown !== page;
    this.#shown = page;
    this.#changed({ isOther });
  }

  async #hear(dialog: Dialog): Promise<void> {
    const asked = { id: this.#nextId(), dialog };
    const page = dialog.page();
    if (this.#persons === 0) return this.#turnDown(asked);
    // A page asks one question at a time, but two tabs may ask.
    if (this.#asked) await this.#turnDown(this.#asked);
    this.#asked = asked;
    if (page) this.#show(page);
    else this.#changed({ isOther: false });
  }

  async #turnDown(asked: Asked): Promise<void> {
    this.#forget(asked);
    // A page that is left is left, as without anybody's eyes on it.
    const isLeaving = kindOf(asked.dialog) === 'beforeunload';
    if (!isLeaving) this.#note({ is: 'dialog_dismissed', text: cut(asked.dialog.message()) });
    await (isLeaving ? asked.dialog.accept() : asked.dialog.dismiss()).catch(() => undefined);
  }

  #forget(asked: Asked): void {
    if (this.#asked !== asked) return;
    this.#asked = null;
    this.#changed({ isOther: false });
  }

  #note(news: News): void {
    this.#notice = { ...news, id: this.#nextId() };
    this.#changed({ isOther: false });
  }

  readonly #askFile = (): void => this.#note({ is: 'file_asked' });

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

const cut = (text: string): string => text.slice(0, mostLetters);

function kindOf(dialog: Dialog): 'alert' | 'confirm' | 'prompt' | 'beforeunload' {
  const kind = dialog.type();
  return kind === 'alert' || kind === 'confirm' || kind === 'prompt' ? kind : 'beforeunload';
}
