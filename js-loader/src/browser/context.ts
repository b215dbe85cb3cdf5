/** What the application says of its visitor, of itself and of the view, and what it asks in return. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind, Told } from '../core.ts';
import { encode, type Field } from '../encode.ts';
import { EventKind, SharedContext } from '../fields.ts';
import { contextJson, toText } from '../host-value.ts';
import type { Context, Contexts, InternalContext } from '../types.ts';

/** Datadog has feature flags on views and errors; on other kinds where the application asks for it. */
const ALWAYS_FLAGGED = (1 << EventKind.View) | (1 << EventKind.ViewUpdate) | (1 << EventKind.Error);

const FLAGGED: Record<string, EventKind> = {
  vital: EventKind.Vital,
  action: EventKind.Action,
  long_task: EventKind.LongTask,
  resource: EventKind.Resource,
};

/** The calls of the public API about contexts. */
export const watchContexts: CreateAdapter = ({ emit, options }) => {
  let said: Contexts = {};
  let answer: string[] = [];
  const kinds = options.trackFeatureFlagsForEvents.reduce((mask, name) => mask | (1 << FLAGGED[name]!), ALWAYS_FLAGGED);
  const say = (at: number): void => {
    const facts: Field[] = [
      [SharedContext.userJson, contextJson(withTexts(said.User))],
      [SharedContext.accountJson, contextJson(withTexts(said.Account))],
      [SharedContext.contextJson, contextJson({ ...said.GlobalContext, ...said.ViewContext })],
    ];
    const flags: Field = [SharedContext.featureFlagsJson, contextJson(said.FeatureFlags)];
    emit(SignalKind.Shared, at, [encode(facts).length, kinds], [], [...facts, flags]);
  };
  return {
    told: {
      [Told.ViewBegan]() {
        // In place: the loader holds the same object, unless it has a newer one, which is yet to be told.
        const { ViewContext, FeatureFlags } = said;
        said.ViewContext = said.FeatureFlags = undefined;
        if (ViewContext || FeatureFlags) say(performance.now());
      },
      [Told.Answer](text) {
        answer = text.split('\0');
      },
    },
    calls: {
      say(at, contexts: Contexts) {
        said = contexts;
        say(at);
      },
      getInternalContext(at, startTime: unknown, box: { answer?: InternalContext }) {
        answer = [];
        emit(SignalKind.Asked, typeof startTime === 'number' ? startTime : at);
        const [session_id, id, url, name, action] = answer;
        if (!id) return;
        box.answer = {
          application_id: options.applicationId,
          session_id: session_id!,
          view: { id, url: url!, name: name || undefined },
          user_action: action ? { id: action } : undefined,
        };
      },
    },
  };
};

/** Datadog wants these as texts, and applications have numbers. */
function withTexts(context: Context | undefined): Context | undefined {
  const copy = { ...context };
  for (const key of ['id', 'name', 'email']) {
    if (copy[key] !== undefined) copy[key] = toText(copy[key]);
  }
  return copy;
}
