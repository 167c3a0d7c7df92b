import type { Answer, ClientFrame, Question, ServerFrame } from '#lab/telegram/protocol.ts';

/** The socket to the server. It reconnects by itself; what was asked before a break is asked again. */
export type Wire = {
  send: (frame: ClientFrame) => void;
  ask: (question: Question) => Promise<Answer>;
  close: () => void;
};

/** Waits between attempts grow to this. The real client's numbers are unknown. */
const slowestRetryMs = 4000;
const firstRetryMs = 300;

export function openWire(on: { open: () => void; lost: () => void; frame: (frame: ServerFrame) => void }): Wire {
  const asked = new Map<number, { question: Question; answer: (answer: Answer) => void }>();
  let socket: WebSocket | null = null;
  let retryMs = firstRetryMs;
  let isClosed = false;
  let counter = 0;

  const send = (frame: ClientFrame) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const connect = () => {
    if (isClosed) return;
    socket = new WebSocket(`${location.origin.replace('http', 'ws')}/apiws`);
    socket.onopen = () => {
      retryMs = firstRetryMs;
      on.open();
      for (const [n, { question }] of asked) send({ t: 'ask', n, question });
    };
    socket.onmessage = ({ data }) => {
      // Both ends are this repository's, so the server's frames are taken at their word.
      const frame = JSON.parse(data) as ServerFrame;
      if (frame.t !== 'answer') return on.frame(frame);
      asked.get(frame.n)?.answer(frame.answer);
      asked.delete(frame.n);
    };
    socket.onclose = () => {
      if (isClosed) return;
      on.lost();
      setTimeout(connect, retryMs);
      retryMs = Math.min(slowestRetryMs, retryMs * 1.6);
    };
  };
  connect();
  return {
    send,
    ask(question) {
      counter += 1;
      const n = counter;
      return new Promise((answer) => {
        asked.set(n, { question, answer });
        send({ t: 'ask', n, question });
      });
    },
    close() {
      isClosed = true;
      socket?.close();
    },
  };
}
