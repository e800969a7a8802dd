import type { Plugin } from 'esbuild';

/** The commands that Redis can be sent from a bundle. */
export const REDIS_COMMANDS: readonly string[];

declare const plugins: readonly Plugin[];
// biome-ignore lint/style/noDefaultExport: the form in which the packaging plugin takes esbuild's plugins.
export default plugins;
