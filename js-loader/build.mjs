// Bundles the loader and the core: dist/sdk (script tag, any static server) and dist/npm (the package).
// Reads what wasm-pack wrote to target/wasm-pkg.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const pkg = join(root, 'target/wasm-pkg');
const { version } = JSON.parse(readFileSync(join(here, 'npm/package.json'), 'utf8'));

const wasm = readFileSync(join(pkg, 'rum_wasm_bg.wasm'));
const digest = (algorithm, bytes) => createHash(algorithm).update(bytes);
const shortHash = (bytes) => digest('sha256', bytes).digest('hex').slice(0, 10);
const integrity = `sha384-${digest('sha384', wasm).digest('base64')}`;

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

/** The lazy part for one place: where its wasm is differs. */
const coreDefines = (wasmFile, ownFiles) => ({
  ...shared.define,
  WASM_FILE: JSON.stringify(wasmFile),
  WASM_INTEGRITY: JSON.stringify(integrity),
  OWN_FILES: JSON.stringify(ownFiles),
});

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
  const code = await minified(bundle, true);
  // The entry of the core is the boundary.
  const name = `${basename(entry, '.ts').replace('boundary', 'core')}-${shortHash(code)}.js`;
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
  const coreFile = await bundleHashed(folder, 'src/boundary.ts', coreDefines(`./${wasmFile}`, OWN_FILES));
  writeFileSync(join(folder, wasmFile), wasm);
  for (const [file, entry] of [
    ['rum.js', 'src/script.ts'],
    ['datadog-rum.js', 'src/datadog-script.ts'],
  ]) {
    const define = { ...shared.define, CORE_FILE: JSON.stringify(coreFile) };
    writeFileSync(join(folder, file), await minified(await build({ ...shared, entryPoints: [entry], format: 'iife', define }), false));
  }
}

/** Entries of the package beside its main one, for those who use them. */
const integrations = {
  'react-router': 'src/integrations/react-router.ts',
  'angular-router': 'src/integrations/angular-router.ts',
};

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
    define: coreDefines('./core.wasm', NO_FILES),
  });
  for (const file of result.outputFiles) writeFileSync(file.path, file.contents);
  writeFileSync(join(folder, 'core.wasm'), wasm);
  // By itself: it runs in a worker, which loads one file.
  const worker = await build({ ...shared, minify: false, entryPoints: ['src/worker.ts'], format: 'esm' });
  writeFileSync(join(folder, 'worker.js'), text(worker));
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
