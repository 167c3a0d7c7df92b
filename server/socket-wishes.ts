import type { ControlState, PageInput } from '#core/control.ts';
import type { Event } from '#core/events.ts';
import { Failure } from '#core/failure.ts';
import type { FrameKind, LiveFrame } from '#core/live-frame.ts';
import { may, type Permission } from '#core/permission.ts';
import { type ClientMessage, platformNews } from '#core/socket.ts';
import type { PageTabs } from '#core/tabs.ts';
import { writeAudit } from '#sql/audit.ts';
import { findCampaign } from '#sql/campaigns.ts';
import { markRead } from '#sql/conversation-changes.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { placeOfMessage } from '#sql/messages.ts';
import { findAccount, readProfileNames } from '#sql/profiles.ts';
import { frameMessage } from './frame-message.ts';
import type { Caller } from './handler.ts';
import type { ProfilePlace } from './profiles.ts';
import type { SocketParts } from './socket.ts';
import { SocketAttendance } from './socket-attendance.ts';
import type { SocketAddress, SocketClient } from './socket-client.ts';
import { SocketControl } from './socket-control.ts';
import type { Subscription } from './told.ts';

/** More than any page of the dashboard asks for. */
const mostSubscriptions = 64;

type PlatformEvent = Extract<Event, { kind: (typeof platformNews)[number] }>;
const isOfPlatform = (event: Event): event is PlatformEvent => platformNews.some((kind) => kind === event.kind);

type Surroundings = { client: SocketClient; parts: SocketParts; gone: AbortSignal };

/** What one client has asked for: subscriptions with their codes and progress, thumbnails, and messages in the seeds' words. */
export class SocketWishes {
  readonly #client: SocketClient;
  readonly #parts: SocketParts;
  readonly #gone: AbortSignal;
  readonly #looks = new Map<string, AbortController>();
  readonly #control: SocketControl;
  readonly #attendance: SocketAttendance;
  #look: AbortController | null = null;
  #subscriptions: Subscription[] = [];
  #stops: (() => void)[] = [];
  #wantsMessages = false;

  constructor({ client, parts, gone }: Surroundings) {
    this.#client = client;
    this.#parts = parts;
    this.#gone = gone;
    const tell = (profileId: string, control: ControlState) => client.send({ type: 'control', profileId, control });
    this.#control = new SocketControl({ parts, tell, gone });
    this.#attendance = new SocketAttendance({ parts, gone });
    gone.addEventListener('abort', () => this.#unsubscribe(), { once: true });
  }

  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions;
  }

  async take(message: Exclude<ClientMessage, { type: 'authenticate' | 'input' }>): Promise<void> {
    if (message.type === 'take_control') await this.#control.take(this.#require('profiles:control'), message.profileId);
    else if (message.type === 'keep_control') await this.#control.keep();
    else if (message.type === 'give_back') await this.#control.giveBack(message.goOn);
    else if (message.type === 'look') await this.#lookAt(message.profileId);
    else if (message.type === 'attend') await this.#attendance.attend(this.#require('inbox:read'), message);
    else await this.#takeOther(message);
  }

  /** What a person does to the page that they control; it waits for nothing else. */
  input(inputs: readonly PageInput[]): void {
    this.#control.input(inputs);
  }

  async #takeOther(
    message: Exclude<ClientMessage, { type: 'authenticate' | 'input' | 'take_control' | 'keep_control' | 'give_back' | 'look' | 'attend' }>,
  ): Promise<void> {
    if (message.type === 'ping') this.#client.send({ type: 'pong' });
    else if (message.type === 'unsubscribe') this.#unsubscribe();
    else if (message.type === 'watch') await this.#watch(message.profileIds);
    else if (message.type === 'mark_read') await this.#markRead(message.message_id);
    else if (message.type === 'subscribe_messages') this.#wantsMessages = this.#require('inbox:read') !== null;
    else await this.#subscribe({ profileId: message.profileId, campaignId: message.campaignId, conversationId: message.conversationId });
  }

  async takeAddress({ sessionId, blastId }: SocketAddress): Promise<void> {
    if (sessionId) await this.#subscribe({ profileId: (await this.#inOwn((trx) => findAccount(trx, sessionId))).id }, sessionId);
    if (blastId) await this.#subscribe({ campaignId: (await this.#inOwn((trx) => findCampaign(trx, blastId))).id });
  }

  /** An event of this workspace, whether or not it is told as one: the seeds' words follow from it. */
  hear(event: Event): void {
    if (!this.#wantsMessages) return;
    if (event.kind === 'message_added') {
      const { messageId, conversationId, accountId } = event;
      this.#client.send({ type: 'new_message', messageId, conversationId, accountId });
    }
    if (isOfPlatform(event)) this.#client.send({ type: event.kind, accountId: event.accountId });
    // A message that is gone by now is no news.
    if (event.kind === 'message_changed') void this.#tellIfRead(event.messageId).catch(() => undefined);
  }

  async #subscribe(subscription: Subscription, sessionId?: string): Promise<void> {
    if (this.#subscriptions.length >= mostSubscriptions) throw new Failure('too_many_requests', 'This connection has too many subscriptions.');
    const { profileId, campaignId } = subscription;
    const { role, workspaceId } = this.#caller();
    const names = profileId ? await this.#inOwn((trx) => readProfileNames(trx, [profileId])) : new Map<string, string>();
    const name = names.get(profileId ?? '');
    if (this.#gone.aborted) return;
    this.#subscriptions.push(subscription);
    const tell = this.#client.send.bind(this.#client);
    if (profileId && name && may(role, 'profiles:run')) {
      this.#stops.push(this.#parts.qrNews.watch({ workspaceId, profileId }, { sessionId: sessionId ?? name, tell }));
    }
    if (campaignId && may(role, 'campaigns:read')) this.#stops.push(this.#parts.blastNews.watch(campaignId, { workspaceId, tell }));
  }

  #unsubscribe(): void {
    this.#subscriptions = [];
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** The list replaces the one before: what is not in it any more is not looked at. */
  async #watch(profileIds: readonly string[]): Promise<void> {
    const { workspaceId } = this.#require('profiles:read');
    const known = await this.#inOwn((trx) => readProfileNames(trx, profileIds));
    for (const [profileId, look] of this.#looks) {
      if (known.has(profileId)) continue;
      look.abort();
      this.#looks.delete(profileId);
    }
    for (const profileId of known.keys()) {
      if (this.#looks.has(profileId) || this.#gone.aborted) continue;
      const look = new AbortController();
      this.#looks.set(profileId, look);
      this.#show({ workspaceId, profileId }, 'thumb', look.signal);
    }
  }

  /** One page at a time, in full size. */
  async #lookAt(profileId: string | null): Promise<void> {
    const { workspaceId } = this.#require('profiles:read');
    const isKnown = profileId !== null && (await this.#inOwn((trx) => readProfileNames(trx, [profileId]))).has(profileId);
    this.#look?.abort();
    this.#look = null;
    if (!isKnown || this.#gone.aborted) return;
    this.#look = new AbortController();
    this.#show({ workspaceId, profileId }, 'live', this.#look.signal);
  }

  #show(place: ProfilePlace, kind: FrameKind, until: AbortSignal): void {
    const { profileId } = place;
    const viewer = {
      show: (frame: LiveFrame) => this.#client.sendFrame(frameMessage(profileId, frame)),
      tell: (tabs: PageTabs) => this.#client.send({ type: 'tabs', profileId, ...tabs }),
    };
    this.#parts.watchFrames(place, kind, viewer, AbortSignal.any([this.#gone, until]));
  }

  async #markRead(messageId: string): Promise<void> {
    const { workspaceId, personId } = this.#require('inbox:write');
    await this.#inOwn(async (trx) => {
      const { conversationId } = await placeOfMessage(trx, messageId);
      await markRead(trx, { workspaceId, conversationId }, messageId);
      await writeAudit(trx, { workspaceId, personId, action: 'markRead', subject: 'messages', subjectId: messageId });
    });
    this.#parts.ring();
  }

  async #tellIfRead(messageId: string): Promise<void> {
    const { isRead, conversationId, accountId } = await this.#inOwn((trx) => placeOfMessage(trx, messageId));
    if (isRead) this.#client.send({ type: 'message_read', messageId, conversationId, accountId });
  }

  #caller(): Caller {
    if (!this.#client.caller) throw new Failure('signed_out');
    return this.#client.caller;
  }

  #require(permission: Permission): Caller {
    const caller = this.#caller();
    if (!may(caller.role, permission)) throw new Failure('forbidden');
    return caller;
  }

  #inOwn<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    return inWorkspace(this.#parts.db, this.#caller().workspaceId, work);
  }
}
