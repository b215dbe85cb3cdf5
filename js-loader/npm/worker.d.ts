/** Forwards errors and requests of this worker to the page that adds it. Call it first. Answers the undo. */
export declare function forwardFromWorker(): () => void;
