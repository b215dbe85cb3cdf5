/**
 * What of a resource only some applications ask for: its trace, its GraphQL operation, its headers. Loaded where an
 * option, or the document, asks for it.
 */
import { share, type Field } from '../encode.ts';
import { GraphQl, ResourceEvent as Fields } from '../fields.ts';
import { findMatch, matches } from '../match.ts';
import type { Checked } from '../extras.ts';
import type { GraphQlUrl, MatchHeader } from '../types.ts';
import { documentTraceIds } from './document-trace.ts';
import type { PageRequest } from './request.ts';
import type { Entry } from './timing.ts';

/** Datadog's limit of a query's text, in characters. */
const MAX_QUERY_CHARS = 32 * 1024;

/** Variables beside a query of full length still fit into one batch. */
const MAX_VARIABLES_CHARS = 8 * 1024;

/** A longer answer (characters) is not searched for errors. */
const MAX_ANSWER_CHARS = 1024 * 1024;

/** Datadog's limits: headers of a request or an answer, and characters of a value. */
const MAX_HEADERS = 100;
const MAX_VALUE_CHARS = 128;

/** What `trackResourceHeaders: true` stands for. */
const DEFAULT_HEADERS =
  /^(cache-control|etag|age|expires|content-type|content-encoding|vary|content-length|server-timing|x-cache|cf-cache-status|x-vercel-cache)$/;

/** Whatever an application asks for, these would carry secrets or the visitor's address. */
const NEVER = /token|cookie|secret|authorization|password|session|(api|access|app).?key|(client|connecting|real).?ip|forwarded/;

type Options = Pick<Checked, 'allowedGraphQlUrls' | 'trackResourceHeaders' | 'traceSampleRate'>;

/** Without options, only the document has something to tell. */
const NOTHING: Options = { allowedGraphQlUrls: [], trackResourceHeaders: false, traceSampleRate: 100 };

/** Keeps what is asked for of the answer while it is there to be read: called when a request ends. */
export function keepAnswer({ allowedGraphQlUrls }: Options = NOTHING, request: PageRequest): void {
  const { answer, url } = request;
  try {
    if (answer instanceof XMLHttpRequest) {
      request.answer = [answer.getAllResponseHeaders(), /^(text)?$/.test(answer.responseType) ? answer.responseText : undefined];
    } else if (answer instanceof Response && !answer.bodyUsed && findMatch<GraphQlUrl>(allowedGraphQlUrls, url)?.trackResponseErrors) {
      // A copy: the page will read the body.
      request.answer = answer.clone();
    }
  } catch {
    // A match of the application's may throw.
  }
}

/** Fields of a resource. `later` is called instead of an answer where something of it has to be waited for first. */
export function detailsOf(
  options: Options = NOTHING,
  entry: Entry,
  request: PageRequest | undefined,
  later: (fields: Promise<Field[]>) => void,
): Field[] {
  if (!request) return traceFields(documentTraceIds(), options);
  const { allowedGraphQlUrls, trackResourceHeaders } = options;
  // It ended before this chunk was there.
  if (request.answer instanceof XMLHttpRequest) keepAnswer(options, request);
  // A request without answer that the page did not give up has hardly reached the server: no trace begins there.
  const hasReached = request.status !== 0 || request.isAborted;
  const fields = traceFields(hasReached ? request.traceIds : undefined, options);
  const rule = findMatch<GraphQlUrl>(allowedGraphQlUrls, request.url);
  const graphQl = rule && graphQlOf(rule, request);
  if (graphQl) fields.push([Fields.graphql, { fields: graphQl }]);
  if (graphQl && rule.trackResponseErrors) {
    later(
      textOf(request).then((text) => {
        const errors = text && text.length <= MAX_ANSWER_CHARS && parsed(text)?.errors;
        if (Array.isArray(errors)) graphQl.push([GraphQl.errorCount, errors.length]);
        return fields;
      }),
    );
  }
  if (trackResourceHeaders) {
    const rules = trackResourceHeaders === true ? [{}] : trackResourceHeaders;
    const [sent, answered] = headersOf(request);
    const told = headerFields(rules, request.url, 'response', answered);
    const { contentType } = entry;
    if (contentType && !told.some(([name]) => name === 'content-type')) told.push(['content-type', contentType]);
    const asked = headerFields(rules, request.url, 'request', sent);
    if (asked.length) fields.push([Fields.requestHeaders, asked]);
    if (told.length) fields.push([Fields.responseHeaders, told]);
  }
  return fields;
}

/** Fields of a trace id and a span id, 32 and 16 hexadecimal digits. */
function traceFields(ids: string | undefined, { traceSampleRate }: Options): Field[] {
  if (!ids) return [];
  const bytes = Uint8Array.from(ids.match(/../g)!, (digits) => parseInt(digits, 16));
  return [
    [Fields.traceId, bytes.subarray(0, 16)],
    [Fields.spanId, bytes.subarray(16)],
    [Fields.traceSampleShare, share(traceSampleRate / 100)],
  ];
}

function graphQlOf({ trackPayload }: GraphQlUrl, request: PageRequest): Field[] | undefined {
  const operation = operationOf(request);
  if (!operation) return undefined;
  const { query, operationName, variables } = operation;
  const text = typeof query === 'string' ? query.trim() : '';
  // Comments may stand before the first word. A query without a word is the short form of `query`.
  const [, word = operation.operationType] = /^(?:\s|#.*)*(query|mutation|subscription)\b/.exec(text) ?? [];
  const type = /^(?:\s|#.*)*\{/.test(text) ? 'query' : word;
  return [
    [GraphQl.operationType, /^(query|mutation|subscription)$/.test(String(type)) ? String(type) : undefined],
    [GraphQl.operationName, typeof operationName === 'string' ? operationName.slice(0, MAX_VALUE_CHARS) : undefined],
    [GraphQl.variablesJson, trackPayload && variables ? whole(JSON.stringify(variables)) : undefined],
    [GraphQl.payload, trackPayload && text ? cut(text) : undefined],
  ];
}

/** What a request says of itself: in its body, or, if it is a GET, in its URL. */
function operationOf({ method, url, initiatorType, input = [] }: PageRequest): Record<string, unknown> | undefined {
  if (method === 'GET') {
    const { searchParams } = new URL(url);
    const variables = searchParams.get('variables');
    return { ...Object.fromEntries(searchParams), variables: variables && parsed(variables) };
  }
  const [body, init] = input as [unknown, RequestInit | undefined];
  const text = initiatorType === 'fetch' ? init?.body : body;
  return typeof text === 'string' ? parsed(text) : undefined;
}

/** The text of the answer, if it can still be read. */
async function textOf({ answer }: PageRequest): Promise<string | undefined> {
  if (Array.isArray(answer)) return answer[1];
  return answer instanceof Response && !answer.bodyUsed ? answer.text() : undefined;
}

/** Headers of the request (those of an `XMLHttpRequest` are nowhere to be read) and of the answer. */
function headersOf({ answer, initiatorType, input = [] }: PageRequest): [Headers, Headers] {
  const [source, init] = initiatorType === 'fetch' ? (input as [unknown, RequestInit?]) : [];
  const sent = init?.headers ?? (source instanceof Request ? source.headers : undefined);
  return [new Headers(sent), answer instanceof Response ? answer.headers : parseHeaders(Array.isArray(answer) ? answer[0] : undefined)];
}

function parseHeaders(text: string | null | undefined): Headers {
  const headers = new Headers();
  for (const [, name, value] of (text ?? '').matchAll(/^([^:\r\n]+):\s*(.*?)\s*$/gm)) headers.append(name!, value!);
  return headers;
}

function headerFields(rules: MatchHeader[], url: string, location: 'request' | 'response', headers: Headers): [string, string][] {
  const told: [string, string][] = [];
  headers.forEach((value, name) => {
    if (NEVER.test(name) || told.length === MAX_HEADERS) return;
    const rule = rules.find(
      (rule) =>
        (!rule.location || rule.location === 'any' || rule.location === location) &&
        (rule.url === undefined || matches(rule.url, url)) &&
        isNamed(rule.name ?? DEFAULT_HEADERS, name),
    );
    if (!rule) return;
    const found = rule.extractor ? new RegExp(rule.extractor.source, rule.extractor.flags.replace(/[gy]/g, '')).exec(value) : [value];
    if (found) told.push([name, (found[1] ?? found[0]!).slice(0, MAX_VALUE_CHARS)]);
  });
  return told;
}

/** A name given as a text is the whole name, not its beginning. */
const isNamed = (match: NonNullable<MatchHeader['name']>, name: string): boolean =>
  typeof match === 'string' ? match.toLowerCase() === name : matches(match, name);

function parsed(json: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json) ?? undefined;
  } catch {
    return undefined;
  }
}

/** A query may be cut, */
const cut = (text: string): string => (text.length > roomOf(text, MAX_QUERY_CHARS) ? `${text.slice(0, roomOf(text, MAX_QUERY_CHARS))}...` : text);

/** JSON may not: half of it is none. */
const whole = (json: string): string | undefined => (json.length > roomOf(json, MAX_VARIABLES_CHARS) ? undefined : json);

/** A character beyond ASCII takes up to three bytes. */
const roomOf = (text: string, chars: number): number => (/^[\0-\x7f]*$/.test(text) ? chars : Math.floor(chars / 3));
