/** Prefix of the attributes that are the player's own; recorded ones of that name are left out. */
export const MARK = 'data-rum-player-';
