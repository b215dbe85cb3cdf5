/**
 * npm entry `rum-wasm/react-router`: views of an application with a data router of React Router (6.4 and later) are
 * called by the template of their route. Types are structural: nothing of React Router is imported.
 */
import { rum as theRum } from '../index.ts';

/** A match of a route, as the router's state and `useMatches` have it. */
export interface RouteMatch {
  route: { path?: string | undefined };
}

/** What `createBrowserRouter` and its like return. */
export interface DataRouter {
  state: { location: unknown; matches: readonly RouteMatch[] };
  subscribe(listener: (state: { location: unknown; matches: readonly RouteMatch[] }) => void): () => void;
}

/** What is told of a route. */
export interface ViewNaming {
  setViewName(name: string): void;
}

/** Names each view by its route's template. Returns what ends that. */
export function trackRoutes(router: DataRouter, rum: ViewNaming = theRum): () => void {
  let told: unknown;
  const tell = ({ location, matches }: DataRouter['state']): void => {
    // The state also changes when data comes, without a route change.
    if (location === told) return;
    told = location;
    rum.setViewName(routeTemplate(matches));
  };
  tell(router.state);
  return router.subscribe(tell);
}

/** The template of a route, such as `/claims/:id`, of the matches that lead to it. */
export function routeTemplate(matches: readonly RouteMatch[]): string {
  let template = '';
  for (const { route } of matches) {
    // A path from the root names its parents' paths, too.
    if (route.path) template = route.path.startsWith('/') ? route.path : `${template}/${route.path}`;
  }
  return template.replace(/\/+/g, '/').replace(/(.)\/$/, '$1') || '/';
}
