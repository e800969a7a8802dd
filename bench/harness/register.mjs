/** Loads the project's TypeScript as a deploy bundles it: types away, nothing added. tsx would keep every function's name. */
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);
