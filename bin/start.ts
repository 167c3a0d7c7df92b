import { startProduct } from './product.ts';
import { readStartConfig } from './start-config.ts';
import { untilToldToStop } from './until-stopped.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  await using product = await startProduct(readStartConfig(), say);
  // Listened for before it is said: whoever reads the line may ask at once.
  const stopped = untilToldToStop(product.lost);
  say(`Patchbay is ready at ${product.url}`);
  await stopped;
} catch (error) {
  process.stderr.write(`Patchbay did not start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
