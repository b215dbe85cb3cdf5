/** Loads that only the application knows of: it says when they start and stop. */
import type { Page } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { short, us } from '../encode.ts';
import { ResourceEvent as Fields, ResourceType } from '../fields.ts';
import { contextJson, toText } from '../host-value.ts';
import type { ResourceOptions, ResourceStopOptions } from '../types.ts';

/** Loads that were started and not stopped: kept at most. */
const MAX_STARTED = 500;

/** Names of `ResourceType`, in its order. */
const TYPES = ['document', 'xhr', 'beacon', 'fetch', 'css', 'js', 'image', 'font', 'media', 'other'];

type Started = Map<string, [at: number, options: ResourceOptions]>;

/** By instance of the SDK. */
const instances = new WeakMap<Page, Started>();

/** A load begins. */
export function start(page: Page, at: number, url: unknown, options: ResourceOptions = {}): void {
  const started: Started = instances.get(page) ?? new Map();
  instances.set(page, started);
  if (started.size < MAX_STARTED) started.set(keyOf(url, options), [at, options ?? {}]);
}

/** It has ended, and becomes a resource. */
export function stop(page: Page, at: number, url: unknown, options: ResourceStopOptions = {}): void {
  const key = keyOf(url, options);
  const [startedAt = at, before] = instances.get(page)?.get(key) ?? [];
  if (!before) return;
  instances.get(page)!.delete(key);
  const { method, type, statusCode, size, context } = { ...before, ...options };
  const index = TYPES.indexOf(type!);
  page.emit(SignalKind.Resource, startedAt, [], [toText(url)], [
    [Fields.resourceType, index < 0 ? ResourceType.Other : index],
    [Fields.method, method === undefined ? method : short(toText(method).toUpperCase())],
    [Fields.statusCode, count(statusCode)],
    [Fields.durationUs, us(at - startedAt)],
    [Fields.decodedBodySize, count(size)],
    [Fields.contextJson, contextJson({ ...before.context, ...context })],
  ]);
}

const keyOf = (url: unknown, options: ResourceOptions | null): string => toText(options?.resourceKey ?? url);

/** A number an application gave, if it is a count. */
const count = (value: unknown): number | undefined => (Number.isFinite(value) && (value as number) >= 0 ? (value as number) : undefined);
