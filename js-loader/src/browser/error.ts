/**
 * Errors from every source: uncaught ones and rejections, what the application reports, `console.error`, reports
 * of the browser, and resources that do not load. Anything can be thrown, objects with hostile getters included, so
 * every read of a thrown value may fail and is allowed to.
 */

import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { CspDisposition, ErrorEvent as ErrorFields, ErrorHandling, ErrorSource } from '../fields.ts';
import { attempt, contextJson, isObject, plain, textOf, toText } from '../host-value.ts';
import { watchConsole } from './console.ts';

/** What may be told of a fault. */
export type Fault = [message: string, name?: string | undefined, stack?: string | undefined];

/** Where it was found in a script; of what the browser reports and of what is no object. */
interface Place {
  sourceFile?: string | null;
  lineNumber?: number | null;
  columnNumber?: number | null;
}

/** Errors behind an error that are told: as many as Datadog's SDK takes. */
const MAX_CAUSES = 10;

/** Everything that becomes an error event. */
export const watchErrors: CreateAdapter = ({ emit, fence }) => {
  const tell = (
    source: ErrorSource,
    at: number,
    [message, name, stack]: Fault,
    thrown?: unknown,
    context?: unknown,
    handlingStack?: string,
    cspDisposition?: CspDisposition,
  ): void => {
    // React hands it to its error callbacks beside the error, and applications pass it on as context.
    const { componentStack, ...facts } = plain(context);
    emit(
      SignalKind.Error,
      at,
      [],
      [
        message,
        name,
        stack,
        textOf(thrown, 'dd_fingerprint'),
        handlingStack,
        textOf(thrown, 'component_stack') ?? textOf({ componentStack }, 'componentStack'),
        ...causesOf(thrown).flatMap((cause) => [...describe(cause), '', ''].slice(0, 3)),
      ],
      [
        [ErrorFields.source, source],
        [
          ErrorFields.handling,
          source === ErrorSource.Custom || source === ErrorSource.Console ? ErrorHandling.Handled : ErrorHandling.Unhandled,
        ],
        [ErrorFields.contextJson, contextJson(attempt(() => (thrown as { dd_context: unknown }).dd_context), facts)],
        [ErrorFields.cspDisposition, cspDisposition],
      ],
    );
  };

  const reports =
    window.ReportingObserver &&
    new ReportingObserver(
      fence((list: Report[]) => {
        for (const { type, body } of list) {
          const { id, message } = body as ReportBody & Record<string, string>;
          tell(ErrorSource.Report, performance.now(), [`${type}: ${message}`, id, frame(body as Place)]);
        }
      }),
      { types: ['intervention', 'deprecation'], buffered: true },
    );
  reports?.observe();

  const restoreConsole = watchConsole(
    fence((args: unknown[], handlingStack: string | undefined) => {
      const thrown = attempt(() => args.find((arg) => arg instanceof Error));
      tell(
        ErrorSource.Console,
        performance.now(),
        [args.map(toText).join(' '), textOf(thrown, 'name'), textOf(thrown, 'stack')],
        thrown,
        undefined,
        handlingStack,
      );
    }),
  );

  return {
    hears: {
      error(event) {
        const { target, timeStamp } = event;
        if (target instanceof Element) {
          const url = ['currentSrc', 'src', 'href', 'data'].map((key) => textOf(target, key)).find(Boolean);
          if (url) emit(SignalKind.RequestFailed, timeStamp, [], [url, 'GET', textOf(target, 'localName')]);
        } else if (event instanceof ErrorEvent) {
          const { message, error, filename, lineno, colno } = event;
          // Not an object: a thrown primitive, or another origin's error, of which browsers tell no more.
          tell(
            ErrorSource.Source,
            timeStamp,
            isObject(error)
              ? describe(error)
              : [message, undefined, frame({ sourceFile: filename, lineNumber: lineno, columnNumber: colno })],
            error,
          );
        }
      },
      unhandledrejection(event) {
        const { reason } = event as PromiseRejectionEvent;
        tell(ErrorSource.Source, event.timeStamp, describe(reason, 'Uncaught '), reason);
      },
      securitypolicyviolation(event) {
        const { blockedURI, effectiveDirective, disposition } = event as SecurityPolicyViolationEvent;
        if (!event.isTrusted) return;
        tell(
          ErrorSource.Report,
          event.timeStamp,
          [
            `csp_violation: '${blockedURI}' blocked by '${effectiveDirective}' directive`,
            effectiveDirective,
            frame(event as SecurityPolicyViolationEvent),
          ],
          undefined,
          undefined,
          undefined,
          disposition === 'report' ? CspDisposition.Report : CspDisposition.Enforce,
        );
      },
    },
    calls: {
      addError: (at, error, context, handlingStack) =>
        tell(ErrorSource.Custom, at, describe(error), error, context, handlingStack),
    },
    stop() {
      reports?.disconnect();
      restoreConsole();
    },
  };
};

/** What a thrown value tells; `prefix` goes before one that is no object. */
export function describe(thrown: unknown, prefix = ''): Fault {
  if (!isObject(thrown)) return [prefix + toText(thrown)];
  return [textOf(thrown, 'message') ?? toText(thrown), textOf(thrown, 'name'), textOf(thrown, 'stack')];
}

/** The errors behind one: its chain of `cause`, and the inner errors of an `AggregateError`. */
export function causesOf(thrown: unknown): unknown[] {
  const found = [thrown];
  for (const one of found) {
    attempt(() => {
      const { cause, errors } = one as AggregateError;
      // Other errors have lists of that name, too: of texts about what somebody typed.
      for (const inner of [cause, ...(one instanceof AggregateError ? errors.slice(0, MAX_CAUSES) : [])]) {
        if (inner != null && found.length <= MAX_CAUSES && !found.includes(inner)) found.push(inner);
      }
    });
  }
  return found.slice(1);
}

/** A place in a script as a line of a stack. */
function frame({ sourceFile, lineNumber, columnNumber }: Place): string | undefined {
  return sourceFile ? `    at ${sourceFile}:${lineNumber}:${columnNumber}` : undefined;
}
