/** What the application says of its visitor, of itself and of the view, and what it asks in return. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { utf8Text } from '../encode.ts';
import { EventKind, SharedContext } from '../fields.ts';
import { contextJson } from '../host-value.ts';
import type { Context, Contexts, InternalContext } from '../types.ts';
import { parseSession, uuid } from './session.ts';

/** Datadog has feature flags on views and errors; on other kinds where the application asks for it. */
const ALWAYS_FLAGGED = (1 << EventKind.View) | (1 << EventKind.ViewUpdate) | (1 << EventKind.Error);

/** Views whose ids an application may still ask for. */
const MAX_VIEWS = 50;

/** The calls of the public API about contexts. */
export const watchContexts: CreateAdapter = ({ emit, options, extras, keeper }) => {
  const startedAt = performance.now();
  const views: { at: number; id: string; url: string }[] = [];
  let said: Contexts = {};
  const say = (at: number): void => {
    emit(SignalKind.Shared, at, [ALWAYS_FLAGGED | (extras?.flagKinds ?? 0)], [contextJson(said.FeatureFlags)], [
      [SharedContext.userJson, contextJson(said.User)],
      [SharedContext.accountJson, contextJson(said.Account)],
      [SharedContext.contextJson, contextJson(said.GlobalContext, said.ViewContext)],
    ]);
    extras?.persist(said);
  };
  return {
    viewBegan(context, urlBytes) {
      // Id and URL are its first fields: a byte each for key and type, 16 of id; then as many as the URL's length takes.
      const start = 20 + +(urlBytes > 23) + +(urlBytes > 255);
      views.push({
        at: views.length && performance.now(),
        id: uuid(context.subarray(2, 18)),
        url: utf8Text(context.subarray(start, start + urlBytes)),
      });
      if (views.length > MAX_VIEWS) views.shift();
      // In place: the loader holds the same object, unless it has a newer one, which is yet to be told.
      const { ViewContext, FeatureFlags } = said;
      said.ViewContext = said.FeatureFlags = undefined;
      if (ViewContext || FeatureFlags) say(performance.now());
    },
    calls: {
      say(at, contexts: Contexts) {
        said = contexts;
        if (at < startedAt) extras?.restore(said);
        say(at);
      },
      // The loader has calls of that name; this is for `startView`, and in place for the same reason.
      setViewContext(at, context: Context) {
        said.ViewContext = context;
        say(at);
      },
      getInternalContext(_, startTime: unknown, box: { answer?: InternalContext }) {
        const view = views.filter(({ at }) => !(at > (startTime as number))).pop();
        const [id, , activeMs] = parseSession(keeper.session());
        if (view && activeMs) {
          box.answer = {
            application_id: options.applicationId,
            session_id: uuid(id),
            view: { id: view.id, url: view.url },
          };
        }
      },
    },
  };
};
