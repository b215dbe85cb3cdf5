// What replay may tell, as far as it needs no browser: texts, addresses, style sheets, the names these ask for, the policy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeCss, safeMedia } from '../src/replay/privacy/css.ts';
import { Level, type Policy } from '../src/replay/privacy/level.ts';
import { askPolicy } from '../src/replay/privacy/policy.ts';
import { maskText, textAt } from '../src/replay/privacy/text.ts';
import { alias, aliasOfId, isNamed, learn } from '../src/replay/privacy/tokens.ts';
import { safeUrl, urlAt } from '../src/replay/privacy/url.ts';

const BASE = 'https://shop.example/app/';
const STRICT: Policy = { fallback: Level.Mask, isLocked: false, isStrict: true };
const OPEN: Policy = { ...STRICT, fallback: Level.Allow };

test('a masked text tells neither letters nor lengths', () => {
  for (const [text, masked] of [
    ['', ''],
    [' \n\t ', ' \n\t '],
    ['a', 'xxxx'],
    ['Jane Roe', 'xxxx xxxx'],
    ['Margaret\n  Li', 'xxxxxxxx\n  xxxx'],
    ['1970-01-01', 'xxxxxxxxxxxx'],
    // A letter with its marks is one, as is what an emoji is joined of; line breaks stay possible between ideographs.
    ['e\u0301e\u0301e\u0301e\u0301', 'xxxx'],
    ['👩\u200d👩\u200d👧 ok', 'xxxx xxxx'],
    ['山田太郎さん', 'xxxxxxxx\u200bxxxxxxxx\u200b'],
    ['\u00a0é', '\u00a0xxxx'],
  ] as const) {
    assert.equal(maskText(text, STRICT), masked, JSON.stringify(text));
  }
});

test('names that differ in length within four letters are masked alike, in any script', () => {
  for (const names of [['Al', 'Anne'], ['Søren', 'Zoë-Ännn'], ['李', '李小龍一']]) {
    const masked = names.map((name) => maskText(name!, STRICT));
    assert.equal(new Set(masked).size, 1, masked.join());
  }
});

test('shapes of words stay where they are asked for', () => {
  assert.equal(maskText('Jane Roe, 42', { ...STRICT, isStrict: false }), 'xxxx xxxx xx');
  assert.equal(maskText('Zoë', { ...STRICT, isStrict: false }), 'xxx');
});

test('a text is shown by its level, and what is allowed is by its own words', (t) => {
  const page = globalThis as { window?: unknown };
  page.window = { $DD_ALLOW: new Set(['refill now']) };
  t.after(() => delete page.window);
  const shown = (text: string, level: Level): boolean => textAt(text, level, STRICT) === text;
  for (const level of [Level.Allow, Level.MaskUserInput]) assert.ok(shown('Jane', level));
  assert.ok(shown('Refill now', Level.MaskUnlessAllowlisted));
  assert.ok(!shown('Jane', Level.MaskUnlessAllowlisted));
  assert.ok(!shown('Refill now', Level.Mask));
  for (const nonsense of [undefined, {}, { has: 1 }, { has: () => 'yes' }]) {
    page.window = { $DD_ALLOW: nonsense };
    assert.ok(!shown('Jane', Level.MaskUnlessAllowlisted));
  }
});

test('an address keeps its origin and the words of its path', () => {
  for (const [url, safe] of [
    ['https://shop.example/claims/open', 'https://shop.example/claims/open'],
    ['https://shop.example/claims/10442/edit?dob=1970#top', 'https://shop.example/claims/*/edit'],
    ['https://ann:secret@shop.example:8443/a', 'https://shop.example:8443/a'],
    ['/patients/jane%20roe/2024', 'https://shop.example/patients/*/*'],
    ['/patients/jane@roe.example', 'https://shop.example/patients/*'],
    ['/u/6f9619ff-8b86-d011-b42d-00cf4fc964ff/', 'https://shop.example/u/*/'],
    [`/t/${'a'.repeat(33)}`, 'https://shop.example/t/*'],
    ['/api/v2/list', 'https://shop.example/api/v2/list'],
    ['item;jsessionid=AB', 'https://shop.example/app/*'],
    ['?q=1', 'https://shop.example/app/'],
    ['#hash', 'https://shop.example/app/'],
    ['//cdn.example\\a\\b', 'https://cdn.example/a/b'],
    ['HTTPS://SHOP.example/a', 'https://shop.example/a'],
  ] as const) {
    assert.equal(safeUrl(url, BASE), safe, url);
  }
});

test('what is no address of the web is none at all', () => {
  for (const url of ['javascript:alert(1)', ' java\nscript:alert(1)', 'data:text/html,x', 'blob:https://shop.example/1', 'mailto:jane@roe.example', 'file:///home/jane', 'about:blank', 'https://', 'http://[']) {
    assert.equal(safeUrl(url, BASE), '', url);
  }
  assert.equal(safeUrl('/a', ''), '');
});

test('addresses are told by level, small images as what they are where all is', () => {
  const image = 'data:image/png;base64,iVBORw0KGgo=';
  assert.equal(urlAt('/a/10442.png?q=1', BASE, Level.Allow), 'https://shop.example/a/10442.png');
  assert.equal(urlAt('/a/10442.png?q=1', BASE, Level.MaskUserInput), 'https://shop.example/a/*');
  assert.equal(urlAt('/a/b.png', BASE, Level.MaskUnlessAllowlisted), '');
  assert.equal(urlAt(image, BASE, Level.Allow), image);
  assert.equal(urlAt(image, BASE, Level.MaskUserInput), '');
  assert.equal(urlAt(image + 'a'.repeat(4_096), BASE, Level.Allow), '');
});

test('strings in style sheets stay only where they are signs, or names of fonts and grids', () => {
  for (const [css, safe] of [
    ['.a { content: "Jane" }', '.a { content: "" }'],
    [".a { content: 'It\\'s Jane' }", ".a { content: '' }"],
    ['.a { content: "\\f015" }', '.a { content: "\\f015" }'],
    ['.a { content: "→" counter(a) "\uf015" }', '.a { content: "→" counter(a) "\uf015" }'],
    // Letter by letter it would be a text, too.
    ['.a { content: "J" "a" "n" "e" }', '.a { content: "" "" "" "" }'],
    ['.a { content: "\\4a ane" }', '.a { content: "" }'],
    ['.a { \\63ontent: "Jane" }', '.a { \\63ontent: "" }'],
    ['.a { --name: "Jane" }', '.a { --name: "" }'],
    ['.a { quotes: "«" "»" }', '.a { quotes: "«" "»" }'],
    ['.a { font-family: "Open Sans", Arial }', '.a { font-family: "Open Sans", Arial }'],
    ['.a { font-family: "10442 Jane" }', '.a { font-family: "" }'],
    ['.a { grid-template-areas: "head head" "main side" }', '.a { grid-template-areas: "head head" "main side" }'],
    ['@charset "Jane";', '@charset "";'],
    ['.a { content: "Jane', '.a { content: ""'],
    ['.a { content: "Jane\n; color: red }', '.a { content: ""\n; color: red }'],
  ] as const) {
    assert.equal(safeCss(css, BASE, STRICT), safe, css);
  }
});

test('where all is shown, texts of content are, and of nothing else', () => {
  assert.equal(safeCss('.a { content: "Jane"; --b: "Jane" }', BASE, OPEN), '.a { content: "Jane"; --b: "" }');
});

test('addresses in style sheets are those of their level, however they are written', () => {
  const secret = 'https://cdn.example/a/10442.png?q=Jane';
  for (const url of [
    `url(${secret})`,
    `url( "${secret}" )`,
    `url('${secret}')`,
    `URL(${secret})`,
    `u\\72l(${secret})`,
    `\\75 rl(${secret})`,
    `\\55\n\\52 L('${secret}')`,
    `url("${secret})`,
    `url(${secret}`,
    `url(${secret}"broken )`,
    `url(a\\)b?q=Jane)`,
    `src("${secret}")`,
    `image-set("${secret}" 1x)`,
    `image-set(url(${secret}) 1x, "${secret}" 2x)`,
    `url(data:image/svg+xml,<text>Jane</text>)`,
    `url(javascript:Jane)`,
  ]) {
    for (const property of ['background', '--image']) {
      const css = `.a { ${property}: ${url} } .b { color: red }`;
      for (const policy of [STRICT, { ...STRICT, fallback: Level.MaskUserInput }]) {
        const safe = safeCss(css, BASE, policy);
        assert.doesNotMatch(safe, /Jane|10442/, `${css}\n${safe}`);
      }
      if (!url.includes('data:')) assert.doesNotMatch(safeCss(css, BASE, OPEN), /Jane/, css);
    }
  }
  assert.equal(safeCss(`.a { background: url(${secret}) }`, BASE, OPEN), '.a { background: url("https://cdn.example/a/10442.png") }');
  assert.equal(safeCss('.a { background: url(/a b"c.png) }', BASE, OPEN), '.a { background: url("https://shop.example/a%20b%22c.png") }');
  assert.equal(safeCss('@import url("b.css?q=1") screen;', BASE, STRICT), '@import url("") screen;');
});

test('comments go, and join nothing', () => {
  assert.equal(safeCss('.a/* Jane */.b { color: re/**/d } /* Jane', BASE, STRICT), '.a/**/.b { color: re/**/d } /**/');
  assert.equal(safeCss('.a { --b: u/* */rl(10442) }', BASE, STRICT), '.a { --b: u/**/rl(10442) }');
});

test('what reads like the number of a record goes by an alias, the same in sheets, classes and values', () => {
  const name = 'patient-10442';
  const other = alias(name, Level.Mask);
  assert.notEqual(other, name);
  assert.doesNotMatch(other, /10442|patient/);
  assert.equal(safeCss(`.${name} > #${name}[data-of="${name}"][data-to^='${name}'] { animation-name: ${name}; --${name}: 1 }`, BASE, STRICT),
    `.${other} > #${aliasOfId(name, Level.Mask)}[data-of="${other}"][data-to^='${other}'] { animation-name: ${other}; ${alias(`--${name}`, Level.Mask)}: 1 }`);
  assert.equal(safeCss('.mt-4.w-1\\/2[type="text"] { width: 1200px; margin: -100px; color: #112233; background: #fff000 }', BASE, STRICT),
    '.mt-4.w-1\\/2[type="text"] { width: 1200px; margin: -100px; color: #112233; background: #fff000 }');
  assert.equal(safeCss(`.${name} { color: red }`, BASE, OPEN), `.${name} { color: red }`);
});

test('media types are those there are', () => {
  for (const [query, safe] of [
    ['screen and (max-width: 600px)', 'screen and (max-width: 600px)'],
    ['(prefers-color-scheme: dark)', '(prefers-color-scheme: dark)'],
    ['not all', 'not all'],
    ['only screen', 'only screen'],
    ['jane', 'rum'],
    ['not jane and (color)', 'not rum and (color)'],
  ] as const) {
    assert.equal(safeMedia(query), safe);
  }
});

test('a sheet is read in time that grows with it, whatever it is made of', () => {
  for (const piece of ['/*', '"', "'", '\\', 'url(', 'url( ', 'url("', '\\72', '[', 'a-', 'u\\72l("\\', '" \\', '-1', 'é', '\ud800', 'var(', '{', '--a:', 'url(" )']) {
    // Of the processor, not of the clock: others use it, too.
    const spentMs = (count: number): number => {
      const css = piece.repeat(count);
      const start = process.cpuUsage();
      safeCss(css, BASE, STRICT);
      learn(css);
      return process.cpuUsage(start).user / 1_000;
    };
    spentMs(1_000);
    assert.ok(spentMs(50_000) < 1_000, `${JSON.stringify(piece)} is slow`);
  }
});

test('selectors teach the names in them, each once', () => {
  assert.deepEqual(learn('.one:hover > #two[data-three="four"] ~ .five\\:six::before'), ['.one', '#two', '[data-three]', '.five\\:six']);
  for (const name of ['.one', '#two', '[data-three', '[data-three=four', '.five:six']) assert.ok(isNamed(name), name);
  for (const name of ['.two', '.hover', '[data-three=fou', '.five', '']) assert.ok(!isNamed(name), name);
  assert.deepEqual(learn('.one#two'), []);
  assert.deepEqual(learn('[title=".not"] :not(.seven, [data-eight]) :nth-child(2n + 1)'), ['[title]', '.seven', '[data-eight]']);
  assert.ok(!isNamed('.not'));
  assert.deepEqual(learn('.\\31 0'), ['.\\31 0']);
  assert.ok(isNamed('.10'));
});

test('the collector decides whether and how', async () => {
  const ask = (answer: () => unknown, options = {}): Promise<Policy | undefined> =>
    askPolicy((async () => answer()) as typeof fetch, BASE, { defaultPrivacyLevel: 'mask-user-input', replayTextShapes: true, ...options });
  const json = (value: unknown) => () => new Response(JSON.stringify(value));
  const policy = { version: 7, replay: true, lock: false, level: 'mask' };

  assert.deepEqual(await ask(json(policy)), { fallback: Level.MaskUserInput, isLocked: false, isStrict: false, version: 7 });
  assert.deepEqual(await ask(json({ ...policy, lock: true })), { fallback: Level.Mask, isLocked: true, isStrict: false, version: 7 });
  assert.deepEqual(await ask(json({ ...policy, lock: true, level: 'allow' })), { fallback: Level.MaskUserInput, isLocked: true, isStrict: false, version: 7 });
  assert.equal(await ask(json({ replay: false })), undefined);

  const locked = { fallback: Level.Mask, isLocked: true, isStrict: true };
  for (const nonsense of [
    () => { throw new TypeError('offline'); },
    () => new Response('<html>'),
    () => new Response(JSON.stringify(policy), { status: 404 }),
    json(null),
    json([]),
    json('mask'),
    json({}),
    json({ ...policy, replay: 'true' }),
    json({ ...policy, replay: 1 }),
    json({ ...policy, lock: undefined }),
    json({ ...policy, lock: 0 }),
    json({ ...policy, level: 'alow' }),
    json({ ...policy, level: undefined }),
    json({ ...policy, version: '7' }),
    json({ ...policy, version: -1 }),
  ]) {
    assert.deepEqual(await ask(nonsense), locked);
  }
  assert.deepEqual(await ask(json(policy), { defaultPrivacyLevel: 'everything' }), locked);
});

test('a collector that does not answer is not waited for', async (t) => {
  const timer = new AbortController();
  t.mock.method(AbortSignal, 'timeout', (ms: number) => {
    assert.ok(ms > 0 && ms <= 5_000);
    return timer.signal;
  });
  const never = ((_: string, { signal }: RequestInit) => new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))) as typeof fetch;
  const policy = askPolicy(never, BASE, { defaultPrivacyLevel: 'allow', replayTextShapes: true });
  timer.abort();
  assert.deepEqual(await policy, { fallback: Level.Mask, isLocked: true, isStrict: true });
});
