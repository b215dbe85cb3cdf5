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

/** What is told of a route: `rum`, unless another is given. */
export interface ViewNaming {
  setViewName(name: string): void;
}

/** Names each view by its route's template. Returns what ends that. */
export declare function trackRoutes(router: AngularRouter, rum?: ViewNaming): () => void;

/** The template of a route, such as `/claims/:id`, from the root of a snapshot down the primary outlet. */
export declare function routeTemplate(root: RouteSnapshot): string;
