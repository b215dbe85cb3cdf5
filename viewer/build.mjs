// Bundles the replay page and the player by itself: dist/viewer (any static server can serve it), and built/replay.js, which
// is committed: the collector embeds it, and is built where there is no Node.js. `test/built.test.ts` holds it to the sources.
import { build } from 'esbuild';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../dist/viewer');

/** What the bundler makes of an entry. */
export async function bundle(entry) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
  });
  return outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const replay = await bundle('src/page/main.ts');
  const embedded = join(here, 'built/replay.js');
  // Cargo builds the collector anew where the file is younger, whatever is in it.
  if (readFileSync(embedded, 'utf8') !== replay) writeFileSync(embedded, replay);
  writeFileSync(join(out, 'replay.js'), replay);
  writeFileSync(join(out, 'player.js'), await bundle('src/player/index.ts'));
  for (const file of ['replay.html', 'replay.css']) cpSync(join(here, 'src/page', file), join(out, file));
  cpSync(join(here, '../collector/src/viewer/page.css'), join(out, 'page.css'));
  console.log('dist/viewer, viewer/built');
}
