/** A match of a route, as the router's state and `useMatches` have it. */
export interface RouteMatch {
  route: { path?: string | undefined };
}

/** What `createBrowserRouter` and its like return. */
export interface DataRouter {
  state: { location: unknown; matches: readonly RouteMatch[] };
  subscribe(listener: (state: { location: unknown; matches: readonly RouteMatch[] }) => void): () => void;
}

/** What is told of a route: `rum`, unless another is given. */
export interface ViewNaming {
  setViewName(name: string): void;
}

/** Names each view by its route's template. Returns what ends that. */
export declare function trackRoutes(router: DataRouter, rum?: ViewNaming): () => void;

/** The template of a route, such as `/claims/:id`, of the matches that lead to it. */
export declare function routeTemplate(matches: readonly RouteMatch[]): string;
