import { refill } from '#lab/messenger/page/nodes.ts';
import { dialect, node } from './nodes.ts';

/** Draws the code into its host, in place of the one before. Neither picture holds the text anywhere but in its dots. */
export function drawQr(container: HTMLElement, code: { size: number; dots: string }): void {
  if (dialect === 'k') drawCanvas(container, code);
  else drawSvg(container, code);
}

function drawSvg(container: HTMLElement, { size, dots }: { size: number; dots: string }): void {
  // Four quiet modules around it, as scanners want them.
  const svg = node('qrSvg', { size: size + 8 });
  svg.append(node('qrPath', { path: pathOf(size, dots) }));
  // HTMLCanvasElement by the table.
  const plane = node('qrPlane') as unknown as HTMLCanvasElement;
  const paint = plane.getContext('2d');
  if (paint) {
    paint.fillStyle = '#3390ec';
    paint.arc(23, 23, 22, 0, Math.PI * 2);
    paint.fill();
  }
  refill(container, [svg, plane]);
}

function pathOf(size: number, dots: string): string {
  return [...dots].map((dot, at) => (dot === '1' ? `M${(at % size) + 4} ${Math.floor(at / size) + 4}h1v1h-1z` : '')).join('');
}

/** On rotation a new canvas is appended and the old one removed a moment later, so two can coexist (facts 2, QR). */
function drawCanvas(container: HTMLElement, { size, dots }: { size: number; dots: string }): void {
  // HTMLCanvasElement by the table.
  const canvas = node('qrCanvas') as unknown as HTMLCanvasElement;
  const paint = canvas.getContext('2d');
  if (!paint) return;
  const step = canvas.width / (size + 8);
  paint.fillStyle = '#fff';
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.fillStyle = '#000';
  for (const [at, dot] of [...dots].entries()) {
    if (dot === '1') paint.fillRect(((at % size) + 4) * step, (Math.floor(at / size) + 4) * step, step + 0.5, step + 0.5);
  }
  const old = [...container.children];
  container.append(canvas);
  setTimeout(() => {
    for (const one of old) one.remove();
  }, 100);
}
