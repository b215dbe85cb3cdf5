/** What became of the page's calls of `fetch` and `XMLHttpRequest`. */
import type { HearCall, RequestCall } from '../types.ts';

/** One request that a call began. Instants are page times, milliseconds. */
export interface PageRequest {
  /** As performance entries have it. */
  initiatorType: 'fetch' | 'xmlhttprequest';
  /** Likewise: absolute, without hash. */
  url: string;
  /** Upper case. */
  method: string;
  startedAt?: number;
  /** When its headers came (`fetch`), its body (`XMLHttpRequest`), or it failed. */
  endedAt?: number;
  /** 0 without answer; nothing where it is not known. */
  status?: number | undefined;
  /** Whether the page gave it up. */
  isAborted?: boolean;
  /** Of the kept trace it belongs to: trace id and span id, 32 and 16 hexadecimal digits. */
  traceIds?: string | undefined;
  /** Arguments of the call. */
  input?: any[];
  /** Who has the answer; or, of an `XMLHttpRequest`, which may be used again, its headers and text. */
  answer?: Response | XMLHttpRequest | [headers: string | null, text: string | undefined];
}

/** Hears of a request when it begins, and again when it ends. */
export type HearRequest = (request: PageRequest, isEnd: boolean) => void;

/** Makes requests of calls. */
export function readCalls(hear: HearRequest): HearCall {
  // An object may be opened anew, even inside its own `onload`: each `open` begins a request of its own.
  const opened = new WeakMap<XMLHttpRequest, PageRequest>();
  const begin = (request: PageRequest, { at, args }: RequestCall): void => {
    Object.assign(request, { startedAt: at, input: args });
    hear(request, false);
  };
  const end = (request: PageRequest, status: number | undefined, isAborted = false, endedAt = performance.now()): void => {
    Object.assign(request, { status, isAborted, endedAt });
    hear(request, true);
  };

  const watchFetch = (call: RequestCall): void => {
    const [input, init] = call.args;
    const source = input instanceof Request ? input : new Request(input);
    const request = requestOf('fetch', source.url, init?.method ?? source.method, call);
    begin(request, call);
    call.result.then(
      (response: Response) => {
        // When an early one ended is not known.
        request.answer = response;
        // Of an opaque answer the page may not know the status.
        end(request, response.status || undefined, false, call.isEarly ? request.startedAt : undefined);
      },
      (fault: any) => end(request, 0, (init?.signal ?? source.signal).aborted || fault?.name === 'AbortError'),
    );
  };

  const finish = (xhr: XMLHttpRequest, call?: RequestCall): void => {
    const request = opened.get(xhr);
    if (!request?.startedAt || request.endedAt) return;
    const isDone = xhr.readyState === 4;
    request.answer = xhr;
    // When an early one ended, and what it said before the object was used again, nobody knows now.
    if (call?.isEarly) end(request, undefined, !isDone, request.startedAt);
    else end(request, isDone ? xhr.status : 0, !isDone);
  };
  const finishDone = ({ target: xhr }: { target: any }): void => {
    if (xhr.readyState === 4) finish(xhr);
  };

  return (call, isMade) => {
    const { name, self: xhr, args, result } = call;
    if (name === 'fetch') {
      if (isMade && result?.then) watchFetch(call);
    } else if (name === 'send') {
      const request = opened.get(xhr);
      if (isMade) {
        // It was synchronous.
        finishDone({ target: xhr });
      } else if (request && !request.startedAt) {
        begin(request, call);
        // Zone.js would make Angular look for changes after our listener.
        (xhr.__zone_symbol__addEventListener ?? xhr.addEventListener).call(xhr, 'loadend', finishDone);
      }
    } else if (!isMade) {
      // Opened or aborted, perhaps by a handler of the page's that comes before ours.
      finish(xhr, call);
    } else if (name === 'open') {
      opened.set(xhr, requestOf('xmlhttprequest', new Request(args[1]).url, args[0], call));
    }
  };
}

function requestOf(initiatorType: PageRequest['initiatorType'], url: string, method: unknown, { traceIds }: RequestCall): PageRequest {
  return { initiatorType, url: url.split('#')[0]!, method: String(method).toUpperCase(), traceIds };
}
