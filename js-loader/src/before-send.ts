/**
 * The application's last word on an event, `beforeSend`: it is shown the event in Datadog's form and may change or
 * drop it. Where it throws, the event is dropped: it may have been about to take out what must not leave.
 */
import { parseSession, uuid, type Keeper } from './browser/session.ts';
import type { Emit, Hook } from './core.ts';
import { KINDS, SHARED, VIEW_CONTEXT } from './datadog-fields.ts';
import { isChanged, put, replaced, type Table } from './datadog-form.ts';
import { decode, type ReadField } from './decode.ts';
import { encode } from './encode.ts';
import { EventKind, SharedContext } from './fields.ts';
import { contextJson } from './host-value.ts';
import type { CheckedOptions, ExtraOptions } from './types.ts';
import { warn } from './warn.ts';

type BeforeSend = NonNullable<ExtraOptions['beforeSend']>;

export function createHook(beforeSend: BeforeSend, options: CheckedOptions, keeper: Keeper): Hook {
  let isLooking = false;
  let isSecondHand = false;
  const waiting: Parameters<Emit>[] = [];
  const warned = new Set<string>();
  const warnOnce = (text: string, ...fault: unknown[]): void => {
    if (!warned.has(text)) warn(text, ...fault);
    warned.add(text);
  };

  const ask = (event: object): boolean => {
    isLooking = true;
    try {
      return beforeSend(event, { location: { ...location } }) !== false;
    } finally {
      isLooking = false;
    }
  };

  return {
    look(kind, atMs, ...parts) {
      const known = KINDS[kind];
      // A kind the table does not have: nobody could have said what is in it.
      if (!known) return undefined;
      const [type, table, ownContext] = known;
      try {
        const [fields, view, shared] = parts.map(decode) as [ReadField[], ReadField[], ReadField[]];
        const make = (): object => {
          const event = { ...commonOf(type, atMs, options, keeper), context: contextOf(fields, shared, ownContext) };
          put(event, VIEW_CONTEXT, view);
          put(event, table, fields);
          put(event, SHARED, shared);
          return event;
        };
        const [before, after] = [make(), make()];
        if (!ask(after)) {
          if (kind !== EventKind.View) return undefined;
          warnOnce('beforeSend cannot drop views');
        }
        return answer(before, after, table, [fields, view, shared], ownContext);
      } catch (fault) {
        warnOnce('beforeSend threw; the event is dropped', fault);
        return undefined;
      }
    },
    guard: (emit) => {
      const guarded: Emit = (...signal) => {
        // What the hook leads to waits, for the engine is not to be entered; what that leads to is not taken at
        // all, or a hook that reports something about every event would never end.
        if (isLooking) {
          if (!isSecondHand) waiting.push(signal);
          return;
        }
        emit(...signal);
        if (isSecondHand) return;
        isSecondHand = true;
        for (const one of waiting.splice(0)) emit(...one);
        isSecondHand = false;
      };
      return guarded;
    },
  };
}

/** What stands in every event, and is not the application's to change. */
function commonOf(type: string, date: number, options: CheckedOptions, keeper: Keeper): object {
  const { applicationId, service, version } = options;
  return {
    type,
    date,
    application: { id: applicationId },
    session: { id: uuid(parseSession(keeper.session())[0]), type: 'user' },
    view: {},
    source: 'browser',
    service,
    version,
    _dd: { format_version: 2 },
  };
}

/** The shared context, and the event's own over it. */
function contextOf(fields: ReadField[], shared: ReadField[], ownContext: number | undefined): object {
  const parsed = (field: ReadField | undefined): object => (field ? JSON.parse(field.value as string) : {});
  return {
    ...parsed(shared.find(({ key }) => key === SharedContext.contextJson)),
    ...parsed(fields.find(({ key }) => key === ownContext)),
  };
}

function answer(
  before: object,
  after: object,
  table: Table,
  [fields, view, shared]: [ReadField[], ReadField[], ReadField[]],
  ownContext: number | undefined,
): [Uint8Array, Uint8Array, Uint8Array] {
  let context: [fields: number[], shared: number[]] = [[], []];
  if (isChanged(before, after, 'context')) {
    // All of it goes to one place: what was taken out of it must not come back from the other.
    const json = contextJson((after as { context?: unknown }).context);
    fields = fields.filter(({ key }) => key !== ownContext);
    shared = shared.filter(({ key }) => key !== SharedContext.contextJson);
    context =
      ownContext === undefined
        ? [[], [...encode([[SharedContext.contextJson, json]])]]
        : [[...encode([[ownContext, json]])], []];
  }
  return [
    Uint8Array.of(...replaced(before, after, table, fields), ...context[0]),
    replaced(before, after, VIEW_CONTEXT, view),
    Uint8Array.of(...replaced(before, after, SHARED, shared), ...context[1]),
  ];
}
