/** The socket to the server, in the words of a messenger's protocol. It reconnects by itself. */
export type Wire<Frame, Question, Answer> = {
  send: (frame: Frame) => void;
  ask: (question: Question) => Promise<Answer>;
  close: () => void;
};
type Ask<Question> = { t: 'ask'; n: number; question: Question };
type Answered<Answer> = { t: 'answer'; n: number; answer: Answer };

/** What is there to hear on the line. */
export type Listener<Heard> = { open: () => void; lost: () => void; frame: (frame: Heard) => void };

/** Waits between attempts grow to this. The real clients' numbers are unknown. */
const slowestRetryMs = 4000;
const firstRetryMs = 300;

/** What was asked before a break is asked again, or, where the messenger's page hangs then, never answered (`forgets`). */
export function openWire<Heard extends { t: string }, Said, Question, Answer>(
  line: { path: string; atBreak: 'asks again' | 'forgets' },
  on: Listener<Heard>,
): Wire<Said, Question, Answer> {
  const asked = new Map<number, { question: Question; answer: (answer: Answer) => void }>();
  let socket: WebSocket | null = null;
  let retryMs = firstRetryMs;
  let isClosed = false;
  let counter = 0;

  const send = (frame: Said | Ask<Question>) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const connect = () => {
    if (isClosed) return;
    socket = new WebSocket(`${location.origin.replace('http', 'ws')}${line.path}`);
    socket.onopen = () => {
      retryMs = firstRetryMs;
      on.open();
      for (const [n, { question }] of asked) send({ t: 'ask', n, question });
    };
    socket.onmessage = ({ data }) => {
      // Both ends are this repository's, so the server's frames are taken at their word.
      const frame: Heard | Answered<Answer> = JSON.parse(data);
      if (!isAnswer(frame)) return on.frame(frame);
      asked.get(frame.n)?.answer(frame.answer);
      asked.delete(frame.n);
    };
    socket.onclose = () => {
      if (line.atBreak === 'forgets') asked.clear();
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

const isAnswer = <Answer>(frame: { t: string } | Answered<Answer>): frame is Answered<Answer> => frame.t === 'answer';
