import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeCss, safeDeclarations } from '../src/player/css.ts';
import { keptName, shownAttributes } from '../src/player/policy.ts';

test('addresses outside are taken out, however they are written', () => {
  for (const css of [
    'p{background:url(http://evil/a)}', "p{background:URL( 'http://evil/a' )}", 'p{background:u\\72l(http://evil/a)}', 'p{background:\\75\\72\\6c("http://evil/a")}',
    'p{background:image-set("http://evil/a" 1x)}', 'p{x:src("http://evil/a")}', '@import "http://evil/a";p{}', '@\\69mport url(http://evil/a) screen;', 'p{background:url(http://evil/a', 'p{-moz-binding:url(http://evil/a#x)}',
    '@namespace "http://evil/a";', '@document url(http://evil/a){p{}}', 'p{--x:url(http://evil/a)}', '@font-face{src:url(//evil/a)}',
  ]) assert.doesNotMatch(safeCss(css), /evil/, css);
});

test('a text told elsewhere cannot become an address', () => {
  const css = safeCss('p{--x:"http://evil/a";background:image-set(var(--x) 1x);list-style:-webkit-image-set( VAR(--x) 1x)}');
  assert.doesNotMatch(css, /set\(\s*var/i);
});

test('what is inline, local or only text stays', () => {
  const inline = 'p{fill:url(#g);background:url(data:image/png;base64,AA==)}';
  assert.equal(safeCss(inline), inline);
  assert.equal(safeCss('p::before{content:"url(http://text) \\" @import"}'), 'p::before{content:"url(http://text) \\" @import"}');
  assert.equal(safeDeclarations('color:red;background:url(//x) no-repeat'), 'color:red;background:url(data:,) no-repeat');
});

test('the rule behind one that is dropped stays whole', () => {
  assert.equal(safeCss('@import "x";p{color:red}'), 'p{color:red}');
  assert.equal(safeCss('@charset "utf-8";@media print{p{color:red}}'), '@media print{p{color:red}}');
});

test('states nobody can be in become marks, in selectors only', () => {
  assert.equal(safeCss('a:hover>b:not(:focus-visible){color:red}'), 'a[data-rum-player-hover]>b:not([data-rum-player-focus]){color:red}');
  assert.equal(safeCss('@media (hover:hover){p{animation:hover 1s;transition:active}}'), '@media (hover:hover){p{animation:hover 1s;transition:active}}');
  assert.equal(safeCss('p{color:red;a:hover{color:blue}}'), 'p{color:red;a[data-rum-player-hover]{color:blue}}');
});

test('reading takes time in proportion to the text', () => {
  const started = performance.now();
  for (const part of ['a:hover{}', '/*', '"', 'url(', '\\', '((((', '@import ', 'a/**/']) safeCss(part.repeat(200_000 / part.length));
  // Quadratic reading of one of these takes minutes.
  assert.ok(performance.now() - started < 20_000);
});

test('an attribute that would do something is not shown, an address is kept for show', () => {
  const names = (element: string, name: string, value: string, namespace: 'html' | 'svg' = 'html'): string[] => shownAttributes(element, namespace, name, value).map((shown) => shown.name);
  for (const name of ['onclick', 'ONLOAD', 'autofocus', 'target', 'nonce', 'http-equiv', 'xlink:onload', 'data-rum-player-own']) assert.deepEqual(names('div', name, 'x'), [], name);
  assert.deepEqual(names('img', 'src', 'https://shop.example/a.png'), [keptName('src')]);
  assert.deepEqual(names('img', 'src', 'data:image/png;base64,AA=='), ['src']);
  assert.deepEqual(names('a', 'href', '/claims'), ['href', keptName('href')]);
  assert.deepEqual(names('use', 'xlink:href', '#icon', 'svg'), ['xlink:href']);
  assert.deepEqual(names('use', 'href', 'sprite.svg#icon', 'svg'), [keptName('href')]);
  assert.deepEqual(names('set', 'attributeName', ' HREF ', 'svg'), [keptName('attributename')]);
  assert.deepEqual(names('set', 'to', 'java\nscript:x', 'svg'), []);
  assert.deepEqual(names('div', 'class', 'javascript:'), ['class']);
});
