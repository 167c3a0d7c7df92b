import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { type ControlEnd, type FromWorker, ToWorker } from '#core/control.ts';
import { asFailure } from '#core/failure.ts';
import { keepAlive } from '#core/keep-alive.ts';
import type { ControlDesk } from './control-desk.ts';
import type { AskedSocket } from './live-socket.ts';

const Asked = z.object({ profile: z.uuid(), workspace: z.uuid(), control: z.uuid() });
type Asked = z.output<typeof Asked>;

/**
 * WebSocket /control?profile=<id>&workspace=<id>&control=<id> of the worker's private door: what a person who controls the profile does,
 * in the words of core/control.ts. It is `ready` once the script stands still. Answers false for what is not its path.
 */
export function createControlLine(desk: ControlDesk): (asked: AskedSocket) => boolean {
  // A paste is the largest thing that a person does: 64 of them in one message.
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 4 * 1024 * 1024, clientTracking: false });
  return ({ url, request, socket, head }) => {
    const asked = url.pathname === '/control' ? Asked.safeParse(Object.fromEntries(url.searchParams)).data : undefined;
    if (!asked) return false;
    sockets.handleUpgrade(request, socket, head, (line) => void serve(desk, asked, line));
    return true;
  };
}

/** Settles when the line has closed; it never rejects. */
async function serve(desk: ControlDesk, { profile, workspace, control }: Asked, line: WebSocket): Promise<void> {
  const gone = new AbortController();
  keepAlive(line);
  line.once('close', () => gone.abort());
  const say = (message: FromWorker) => line.send(JSON.stringify(message));
  const end = (why: ControlEnd) => {
    if (line.readyState === line.OPEN) say({ type: 'over', why });
    line.close();
  };
  try {
    const sitting = await desk.seat({ workspaceId: workspace, accountId: profile }, control, gone.signal);
    line.on('message', (bytes) => {
      const message = ToWorker.safeParse(readJson(String(bytes))).data;
      if (message?.type === 'inputs') sitting.take(message.inputs);
      if (message?.type === 'look') desk.nudge(profile);
    });
    void sitting.over.then(end);
    say({ type: 'ready' });
  } catch (error) {
    const { code } = asFailure(error);
    end(code === 'not_ready' ? 'closed' : 'expired');
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
