import type { z } from 'zod';
import type { Campaign as CampaignShape, Counts as CountsShape, campaigns, Recipient as RecipientShape } from '#core/api/campaigns.ts';
import type { Recurrence } from '#core/recurrence.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type Campaign = z.output<typeof CampaignShape>;
export type Counts = z.output<typeof CountsShape>;
export type Recipient = z.output<typeof RecipientShape>;
export type Progress = z.output<typeof campaigns.progress.reply>;

export function useCampaigns() {
  const client = useClient();
  return useLoaded((signal) => client.listCampaigns({}, signal), {
    on: (event) => event.kind === 'campaign_changed' || event.kind === 'delivery_changed',
  });
}

/** To choose one by its name: their numbers may be of a while ago. */
export function useCampaignNames() {
  const client = useClient();
  return useLoaded((signal) => client.listCampaigns({}, signal), { on: (event) => event.kind === 'campaign_changed' });
}

export function useCampaign(id: () => string) {
  const client = useClient();
  return useLoaded<Campaign>((signal) => client.readCampaign({ params: { id: id() } }, signal), {
    on: (event) => event.kind === 'campaign_changed' && event.campaignId === id(),
    key: id,
  });
}

export function useProgress(id: () => string) {
  const client = useClient();
  return useLoaded<Progress>((signal) => client.progress({ params: { id: id() } }, signal), {
    on: (event) => (event.kind === 'campaign_changed' || event.kind === 'delivery_changed') && event.campaignId === id(),
    key: id,
  });
}

/** What changed in template, lists and people since the start; asked once, for that is what it costs. */
export function useSinceFreeze(id: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.readSinceFreeze({ params: { id: id() } }, signal), { key: id });
}

/** The audience before the start: who gets what from which account, or why not. */
export function useRecipients(id: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.recipients({ params: { id: id() }, query: { limit: 20 } }, signal), { key: id });
}

export function useRepeat(id: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.readRepeat({ params: { id: id() } }, signal), {
    on: (event) => event.kind === 'campaign_changed' && event.campaignId === id(),
    key: id,
  });
}

export function useCampaignActs() {
  const client = useClient();
  const params = (id: string) => ({ params: { id } });
  return {
    add: (name: string) => client.addCampaign({ body: { name } }),
    change: (id: string, body: NonNullable<Parameters<typeof client.changeCampaign>[0]>['body']) => client.changeCampaign({ ...params(id), body }),
    remove: (id: string) => client.removeCampaign(params(id)),
    copy: (id: string) => client.copyCampaign({ ...params(id), body: {} }),
    repeat: (id: string, again: Recurrence | null) => client.repeatCampaign({ ...params(id), body: { again } }),
    approve: (id: string) => client.approveCampaign(params(id)),
    start: (id: string) => client.startCampaign(params(id)),
    pause: (id: string) => client.pauseCampaign(params(id)),
    resume: (id: string) => client.resumeCampaign(params(id)),
    cancel: (id: string) => client.cancelCampaign(params(id)),
  };
}
