import type { Answer, ClientFrame, Question, ServerFrame } from '#lab/whatsapp/protocol.ts';

/** The socket to the server. It reconnects by itself; what was asked before a break is never answered (facts 2.1, "Starting chat" hangs). */
export type Wire = {
  send: (frame: ClientFrame) => void;
  ask: (question: Question) => Promise<Answer>;
  isOpen: () => boolean;
  close: () => void;
};

/** Waits between attempts grow to this. The real client's numbers are unknown. */
const slowestRetryMs = 4000;
const firstRetryMs = 300;
const beatMs = 5000;

export function openWire(on: { open: () => void; lost: () => void; frame: (frame: ServerFrame) => void }): Wire {
  const answers = new Map<number, (answer: Answer) => void>();
  let socket: WebSocket | null = null;
  let retryMs = firstRetryMs;
  let isClosed = false;
  let asked = 0;

  const connect = () => {
    if (isClosed) return;
    socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws/chat`);
    socket.onopen = () => {
      retryMs = firstRetryMs;
      on.open();
    };
    socket.onmessage = ({ data }) => {
      // Both ends are this repository's, so the server's frames are taken at their word.
      const frame = JSON.parse(data) as ServerFrame;
      if (frame.t !== 'answer') return on.frame(frame);
      answers.get(frame.n)?.(frame.answer);
      answers.delete(frame.n);
    };
    socket.onclose = () => {
      answers.clear();
      if (isClosed) return;
      on.lost();
      setTimeout(connect, retryMs);
      retryMs = Math.min(slowestRetryMs, retryMs * 1.6);
    };
  };
  connect();
  const isOpen = () => socket?.readyState === WebSocket.OPEN;
  // As the real client does, if less often: something that the server answers, so that both know that the line holds.
  const beat = setInterval(() => send({ t: 'ask', n: 0, question: { is: 'profile', chat: '' } }), beatMs);
  const send = (frame: ClientFrame) => {
    if (isOpen()) socket?.send(JSON.stringify(frame));
  };
  return {
    send,
    isOpen,
    ask(question) {
      asked += 1;
      const n = asked;
      return new Promise((answer) => {
        answers.set(n, answer);
        send({ t: 'ask', n, question });
      });
    },
    close() {
      isClosed = true;
      clearInterval(beat);
      socket?.close();
    },
  };
}
