/**
 * npm entry `rum-wasm/angular-router`: views of an application with Angular's router (14.2 and later) are called by the
 * template of their route. Types are structural: nothing of Angular is imported.
 */
import { rum as theRum } from '../index.ts';

/** `ActivatedRouteSnapshot`, as far as it is read. */
export interface RouteSnapshot {
  routeConfig: { path?: string | undefined } | null;
  outlet: string;
  children: readonly RouteSnapshot[];
}

/** `Router`, as far as it is used. */
export interface AngularRouter {
  events: { subscribe(next: (event: unknown) => void): { unsubscribe(): void } };
  routerState: { snapshot: { root: RouteSnapshot } };
}

/** What is told of a route. */
export interface ViewNaming {
  setViewName(name: string): void;
}

/** Angular's `EventType.NavigationEnd`: the URL has changed, the routes are recognised. */
const NAVIGATION_END = 1;

/** Names each view by its route's template. Returns what ends that. */
export function trackRoutes(router: AngularRouter, rum: ViewNaming = theRum): () => void {
  const subscription = router.events.subscribe((event) => {
    if ((event as { type?: unknown }).type === NAVIGATION_END) rum.setViewName(routeTemplate(router.routerState.snapshot.root));
  });
  return () => subscription.unsubscribe();
}

/** The template of a route, such as `/claims/:id`, from the root of a snapshot down the primary outlet. */
export function routeTemplate(root: RouteSnapshot): string {
  let template = '';
  for (let route: RouteSnapshot | undefined = root; route; route = route.children.find(({ outlet }) => outlet === 'primary')) {
    const path = route.routeConfig?.path;
    if (path) template += `/${path}`;
  }
  return template || '/';
}
