export { createPlayer } from './player.ts';
export type { Marker, MarkerKind, Player, PlayerOptions, PlayerState, Stats } from './player.ts';
export type { Gap, RecordedView } from './recording.ts';
export type { RrwebEvent } from './rrweb.ts';
