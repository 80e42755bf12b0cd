/** Where the editor tests find and leave things. */
import { dirname, join } from 'node:path';

export const here = import.meta.dirname;
export const root = dirname(dirname(here));

/** What `npm run package` makes. */
export const vsix = join(root, 'lintel.vsix');

/** The project people try Lintel on. */
export const sample = join(root, 'test', 'sample');

/** Made anew by every run; inside the repository, so that the sample's code finds the types of Node. */
export const scratch = join(root, '.cache', 'editor');
