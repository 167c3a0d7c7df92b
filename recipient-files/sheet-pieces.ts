/** What goes on for so long without an end is none. */
const longestRest = 1_000_000;

/**
 * Reads a sheet that arrives in pieces. `restFrom` says from where a text has to wait for its next piece; `take` reads the text.
 */
export function createPieceReader(rules: { restFrom: (text: string) => number; take: (text: string) => void }): (piece: Buffer) => void {
  const decoder = new TextDecoder();
  let rest = '';
  return (piece) => {
    const text = rest + decoder.decode(piece, { stream: true });
    rest = text.slice(rules.restFrom(text)).slice(-longestRest);
    rules.take(text);
  };
}
