import { MAX_EVENTS } from './limits.ts';

const TYPES = ['error', 'unhandledrejection', 'securitypolicyviolation', 'pointerdown', 'click'] as const;

/**
 * Keeps what happens before the core is loaded. The DOM events themselves are kept, with their own time stamps
 * and targets, so that the core's adapters read them as they read later ones. Nothing is cancelled or marked as
 * handled; the page's own handlers run as ever. The function it answers stops listening and hands over what was kept.
 */
export function captureEarly(): () => Event[] {
  const events: Event[] = [];
  const keep = (event: Event): void => {
    if (events.length < MAX_EVENTS) events.push(event);
  };
  for (const type of TYPES) addEventListener(type, keep, true);
  return () => {
    for (const type of TYPES) removeEventListener(type, keep, true);
    return events.splice(0);
  };
}
