// Bundles the loader and the core: dist/sdk (script tag, any static server) and dist/npm (the package).
// Reads what wasm-pack wrote to target/wasm-pkg and target/replay-pkg.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const pkg = join(root, 'target/wasm-pkg');
const { version } = JSON.parse(readFileSync(join(here, 'npm/package.json'), 'utf8'));

const replayPkg = join(root, 'target/replay-pkg');

const wasm = readFileSync(join(pkg, 'rum_wasm_bg.wasm'));
const replayWasm = readFileSync(join(replayPkg, 'rum_replay_bg.wasm'));
const digest = (algorithm, bytes) => createHash(algorithm).update(bytes);
const shortHash = (bytes) => digest('sha256', bytes).digest('hex').slice(0, 10);
const integrityOf = (bytes) => `sha384-${digest('sha384', bytes).digest('base64')}`;

// wasm-bindgen copies a crate's own JS into a folder named by a hash.
const [snippets] = readdirSync(join(pkg, 'snippets'));

/** For each imported function of numbers wasm-bindgen writes one more import of the same module. */
const glue = {
  name: 'glue',
  setup({ onLoad }) {
    onLoad({ filter: /rum_wasm\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/^.*\bimport[2-9]\b.*snippets.*$|^.*snippets.*\bimport[2-9]\b.*$/gm, ''),
    }));
  },
};

const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  write: false,
  target: 'es2022',
  legalComments: 'none',
  plugins: [glue],
  define: { SDK_VERSION: JSON.stringify(version) },
  alias: { '#glue': join(pkg, 'rum_wasm.js'), '#host': join(pkg, 'snippets', snippets, 'src/host.js') },
};

/** The lazy part for one place: where its files are differs. */
const lazyDefines = (files, ownFiles) => ({
  ...shared.define,
  WASM_FILE: JSON.stringify(files.wasm),
  WASM_INTEGRITY: JSON.stringify(integrityOf(wasm)),
  REPLAY_WASM_FILE: JSON.stringify(files.replayWasm),
  REPLAY_WASM_INTEGRITY: JSON.stringify(integrityOf(replayWasm)),
  REPLAY_WORKER_FILE: JSON.stringify(files.replayWorker),
  OWN_FILES: JSON.stringify(ownFiles),
});

/** What files are called whose entry does not say it: that of the core is the boundary. */
const PARTS = { 'src/boundary.ts': 'core', 'src/replay/index.ts': 'replay', 'src/replay/worker.ts': 'replay-worker' };

/** Parts whose functions nearly all run at once: Chromium compiles them off the main thread, 5 ms of the first snapshot. */
const EAGER = new Set(['replay', 'replay-worker']);
const CALLED_ON_LOAD = '//# allFunctionsCalledOnLoad\n';

/** What `bundleHashed` names files, and the loaders; an application's bundler names them as it likes. */
const OWN_FILES = '^((datadog-)?rum\\.js|[a-z-]+-[0-9a-f]{10}\\.(js|wasm))$';
const NO_FILES = '^$';

const text = (result) => result.outputFiles[0].contents;

/** After esbuild, for it goes further: 3 to 5 % of what a page loads. */
async function minified(result, module) {
  const { code } = await minify(result.outputFiles[0].text, { module, toplevel: true, compress: { passes: 2 } });
  return code;
}

/**
 * Bundles an entry of the lazy part into files named by their content; answers the entry's name. What it
 * imports by `import()` becomes a chunk beside it, bundled the same way. A chunk has its own copies of the
 * small modules it shares with the core: shared chunks, which esbuild's splitting makes, would give the core a
 * second request. So a chunk is handed what has state.
 */
async function bundleHashed(folder, entry, define) {
  const chunks = {
    name: 'chunks',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, async ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        return { path: `./${await bundleHashed(folder, join(resolveDir, path), define)}`, external: true };
      });
    },
  };
  const bundle = await build({ ...shared, entryPoints: [entry], format: 'esm', define, plugins: [glue, chunks] });
  const part = PARTS[relative(here, resolve(here, entry))] ?? basename(entry, '.ts');
  const code = (EAGER.has(part) ? CALLED_ON_LOAD : '') + (await minified(bundle, true));
  const name = `${part}-${shortHash(code)}.js`;
  writeFileSync(join(folder, name), code);
  return name;
}

function emptyFolder(name) {
  const folder = join(root, 'dist', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function buildScriptTag() {
  const folder = emptyFolder('sdk');
  const wasmFile = `core-${shortHash(wasm)}.wasm`;
  const replayFile = `replay-${shortHash(replayWasm)}.wasm`;
  writeFileSync(join(folder, wasmFile), wasm);
  writeFileSync(join(folder, replayFile), replayWasm);
  // First, for the page's part names it.
  const workerFile = await bundleHashed(folder, 'src/replay/worker.ts', shared.define);
  const files = { wasm: `./${wasmFile}`, replayWasm: `./${replayFile}`, replayWorker: `./${workerFile}` };
  const define = lazyDefines(files, OWN_FILES);
  const coreFile = await bundleHashed(folder, 'src/boundary.ts', define);
  for (const [file, entry] of [
    ['rum.js', 'src/script.ts'],
    ['datadog-rum.js', 'src/datadog-script.ts'],
  ]) {
    const loaderDefine = { ...shared.define, CORE_FILE: JSON.stringify(coreFile) };
    const loader = await build({ ...shared, entryPoints: [entry], format: 'iife', define: loaderDefine });
    writeFileSync(join(folder, file), await minified(loader, false));
  }
}

/** Entries of the package beside its main one, for those who use them. */
const integrations = {
  'react-router': 'src/integrations/react-router.ts',
  'angular-router': 'src/integrations/angular-router.ts',
};

/** Those that run in a worker. */
const workers = { 'worker.js': 'src/worker.ts', 'replay-worker.js': 'src/replay/worker.ts' };

async function buildPackage() {
  const folder = emptyFolder('npm');
  const result = await build({
    ...shared,
    // Readable: the application's bundler minifies.
    minify: false,
    entryPoints: { index: 'src/index.ts', datadog: 'src/datadog.ts', core: 'src/boundary.ts', ...integrations },
    format: 'esm',
    splitting: true,
    outdir: folder,
    define: lazyDefines({ wasm: './core.wasm', replayWasm: './replay.wasm', replayWorker: './replay-worker.js' }, NO_FILES),
  });
  for (const file of result.outputFiles) writeFileSync(file.path, file.contents);
  writeFileSync(join(folder, 'core.wasm'), wasm);
  writeFileSync(join(folder, 'replay.wasm'), replayWasm);
  // By themselves: they run in workers, which load one file.
  for (const [file, entry] of Object.entries(workers)) {
    writeFileSync(join(folder, file), text(await build({ ...shared, minify: false, entryPoints: [entry], format: 'esm' })));
  }
  // The public types are kept by hand; `index.d.ts` adds the one value.
  const types = readFileSync(join(here, 'src/types.ts'), 'utf8').split('/** Options with which the SDK may start')[0];
  writeFileSync(join(folder, 'index.d.ts'), `${types}/** The SDK. */\nexport declare const rum: Rum;\n`);
  const facade = readFileSync(join(here, 'src/datadog-types.ts'), 'utf8').replace('./types.ts', './index.js');
  const methods = facade.replace(/export const METHODS = (\[[^\]]*\]) as const;/, 'declare const METHODS: readonly $1;');
  writeFileSync(join(folder, 'datadog.d.ts'), `${methods}\n/** The SDK under the official one's name. */\nexport declare const datadogRum: DatadogRum;\n`);
  const declarations = ['worker', ...Object.keys(integrations)].map((name) => `${name}.d.ts`);
  for (const file of ['package.json', 'README.md', ...declarations]) cpSync(join(here, 'npm', file), join(folder, file));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}

await buildScriptTag();
await buildPackage();
console.log(`rum-wasm ${version}: dist/sdk, dist/npm`);
