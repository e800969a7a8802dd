/** How long a group is kept on its board: the same for every board. */

/** A reader refreshes it long before; this only lets go of groups that nobody asks for. */
export const GROUP_KEPT_MS = 60_000;
