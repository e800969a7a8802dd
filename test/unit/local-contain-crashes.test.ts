import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const plugin = fileURLToPath(new URL('../../local/plugin/contain-crashes.mjs', import.meta.url));

/** Something escapes a handler when nobody reads any more what is said; its exit code says how often it was said. */
const program = `
  import { containHandlerCrashes } from ${JSON.stringify(plugin)};
  let said = 0;
  containHandlerCrashes((line) => {
    said += 1;
    if (said > 50) process.exit(said);
    process.stderr.write(line);
  });
  process.stdin.once('data', () => {
    Promise.reject(new Error('escaped'));
    setTimeout(() => process.exit(said), 500);
  });
`;

it('what escapes a handler is said once, also when whoever read it is gone', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: 'pipe',
  });
  child.stderr.destroy();
  child.stdout.destroy();
  child.stdin.write('now');

  const [code] = await once(child, 'exit');

  expect(code).toBe(1);
});
