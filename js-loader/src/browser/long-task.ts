/** Long tasks: when the main thread could not answer, and the scripts that kept it busy. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { short, us } from '../encode.ts';
import { LongTaskEvent, LongTaskScript, LongTaskType } from '../fields.ts';
import { isObservable, observe } from './performance.ts';

/** What is read of `longtask` and `long-animation-frame` entries; TypeScript's DOM library lacks the latter. */
interface Entry extends PerformanceEntry {
  blockingDuration?: number;
  renderStart?: number;
  styleAndLayoutStart?: number;
  firstUIEventTimestamp?: number;
  scripts?: Script[];
}

interface Script extends PerformanceEntry {
  pauseDuration: number;
  forcedStyleAndLayoutDuration: number;
  executionStart: number;
  sourceURL: string;
  sourceFunctionName: string;
  sourceCharPosition: number;
  invoker: string;
  invokerType: string;
  windowAttribution: string;
}

/** The longest of a frame; browsers leave out those under 5 ms, of which nobody could make anything anyway. */
const MAX_SCRIPTS = 10;

/**
 * Who called a script, where that is an element and its handler (`TR#patient-10442.onclick`,
 * `IMG[src=/photo?member=42].onload`): tag, then an id without digits, then the rest, then the handler.
 */
const ELEMENT = /^([\w-]*)(#[a-z_-]+)?([#[].*?)?(\.\w+)?$/i;

/** Leaves of an element that called a script its tag and a stable id; a URL remains for the engine to redact. */
export const withoutDetail = (invoker: string): string => invoker.replace(ELEMENT, '$1$2$4');

/** Observes long animation frames, or where there are none, long tasks. */
export const watchLongTasks: CreateAdapter = ({ emit, fence, options }) => {
  if (!options.trackLongTasks) return {};
  const isFrame = isObservable('long-animation-frame');
  return observe<Entry>(fence, [isFrame ? 'long-animation-frame' : 'longtask'], (entries) => {
    for (const task of entries) {
      for (const script of [...(task.scripts ?? [])].sort((one, other) => other.duration - one.duration).slice(0, MAX_SCRIPTS)) {
        emit(SignalKind.LongTaskScript, task.startTime, [], [script.sourceURL, withoutDetail(script.invoker)], [
          [LongTaskScript.durationUs, us(script.duration)],
          [LongTaskScript.pauseUs, some(script.pauseDuration)],
          [LongTaskScript.forcedStyleAndLayoutUs, some(script.forcedStyleAndLayoutDuration)],
          [LongTaskScript.startUs, us(script.startTime)],
          [LongTaskScript.executionStartUs, us(script.executionStart)],
          [LongTaskScript.sourceFunction, short(script.sourceFunctionName || undefined)],
          // -1 where the browser does not tell it.
          [LongTaskScript.sourceCharPosition, script.sourceCharPosition < 0 ? undefined : script.sourceCharPosition],
          [LongTaskScript.invokerType, script.invokerType],
          [LongTaskScript.windowAttribution, script.windowAttribution],
        ]);
      }
      emit(SignalKind.LongTask, task.startTime, [], [], [
        [LongTaskEvent.entryType, isFrame ? LongTaskType.LongAnimationFrame : LongTaskType.LongTask],
        [LongTaskEvent.durationUs, us(task.duration)],
        [LongTaskEvent.blockingUs, us(task.blockingDuration)],
        [LongTaskEvent.startUs, us(task.startTime)],
        [LongTaskEvent.renderStartUs, some(task.renderStart)],
        [LongTaskEvent.styleAndLayoutStartUs, some(task.styleAndLayoutStart)],
        [LongTaskEvent.firstUiEventUs, some(task.firstUIEventTimestamp)],
      ]);
    }
  });
};

/** A time that is 0 where there was nothing: no pause, nothing drawn, no input. */
const some = (ms: number | undefined): number | undefined => us(ms || undefined);
